"""`make bench`: figures of this machine, as ratios within one run where possible."""
