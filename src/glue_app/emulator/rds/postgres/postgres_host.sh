#!/bin/bash
# Runs in the stack's `postgres` container, as its user `postgres`: does for the RDS room of the LocalStack
# container what it can't do itself, run PostgreSQL's programs. See container_host.py for the other side.
#
#   postgres_host.sh FOLDER      the volume that both containers have
set -uo pipefail
umask 077

folder=$1
channel=$folder/.host
restart=$channel/restart
bin=$(dirname "$(readlink -f "$(command -v pg_ctl)")")

cpu_ticks() { # what the server of a data folder has used of the CPU, in clock ticks
    local process line fields sum=0
    for process in /proc/[0-9]*; do
        [ "$(readlink "$process/cwd")" = "$1" ] || continue
        read -r line <"$process/stat" || continue
        # user and system time, its own and that of children it has waited for: fields 14 to 17
        read -r -a fields <<<"${line##*) }"
        sum=$((sum + fields[11] + fields[12] + fields[13] + fields[14]))
    done 2>/dev/null # a process that has just ended
    echo "$sum"
}

run() { # a request: its words in a file, NUL-separated
    local request=$channel/$1 words
    mapfile -d '' words <"$request"
    case ${words[0]:-} in
        cpu_ticks)
            cpu_ticks "${words[1]:-}" >"$request.out" 2>"$request.err"
            answer "$request" $?
            return
            ;;
        test | "$bin"/initdb | "$bin"/pg_ctl | "$bin"/postgres) ;;
        *) words=(false) ;;
    esac
    # LANG: as RDS's messages are English
    env -i PATH="$PATH" LC_ALL=C "${words[@]}" >"$request.out" 2>"$request.err" </dev/null
    answer "$request" $?
}

answer() { # the outcome, all of it at once
    echo "$2" >"$1.rc.part"
    mv "$1.rc.part" "$1.rc"
}

stop() { # in order, and remembered: after a restart of this container alone they run again
    local data
    for data in "$folder"/db-*/data; do
        [ -f "$data/postmaster.pid" ] || continue
        echo "$data" >>"$restart"
        "$bin"/pg_ctl -D "$data" -m fast -w -t 20 -s stop &
    done
    wait
    exit 0
}

start() { # what a killed container left with its servers running, or `stop` has written down
    local data left=$channel/restart.left
    for data in "$folder"/db-*/data; do
        [ -f "$data/postmaster.pid" ] && ! grep -qxF "$data" "$restart" 2>/dev/null && echo "$data" >>"$restart"
    done
    [ -f "$restart" ] || return 0
    : >"$left"
    while read -r data; do # written down before anything is removed: a kill from here on forgets none
        [ -d "$data" ] || continue
        rm -f "$data/postmaster.pid" "${data%/data}"/socket/.s.PGSQL.*
        echo "starting the server of $data again"
        { "$bin"/pg_ctl -D "$data" -l "${data%/data}/postgresql.log" -w -t 60 -s start || echo "$data" >>"$left"; } &
    done <"$restart"
    wait
    if [ -s "$left" ]; then mv "$left" "$restart"; else rm -f "$left" "$restart"; fi
}

rm -rf "$channel/requests" "$channel"/*.out "$channel"/*.err "$channel"/*.rc "$channel"/*.part
mkdir -p "$channel"
start
mkfifo -m 600 "$channel/requests"
trap stop TERM INT
exec 3<>"$channel/requests" # both ends: the read below never sees an end of file
echo "ready: $("$bin"/postgres --version)"
begun='' # of a line: a turn may end in the middle of it
while true; do
    # in turns of a second, so that a signal's trap runs
    if read -r -t 1 request <&3; then
        run "$begun$request" &
        begun=''
    else
        begun+=$request
    fi
done
