"""The patch request_gate: every request passes the gate, and a long poll waits outside it."""

from __future__ import annotations

import threading
from collections.abc import Callable
from queue import Empty
from types import SimpleNamespace
from typing import Any

import pytest
from botocore.parsers import create_parser
from localstack.aws.spec import load_service
from localstack.http import Request, Response
from localstack.services.sqs.queue import InterruptiblePriorityQueue, InterruptibleQueue
from rolo.gateway.chain import HandlerChain
from rolo.websocket.request import WebSocketRequest

from glue_app.emulator.host.gateway import request_gate
from glue_app.emulator.host.patches.patch import original
from glue_app.emulator.host.state.gate import Gate
from tests.support.polling import wait_for

INTERNAL = {"x-localstack-data": "{}"}


@pytest.fixture
def gate(monkeypatch: pytest.MonkeyPatch) -> Gate:
    """A gate of the test's own in place of the process's."""
    request_gate.apply()
    made = Gate()
    monkeypatch.setattr(request_gate, "GATE", made)
    return made


def send(
    handler: Callable[[], None],
    path: str = "/",
    headers: dict[str, str] | None = None,
    operation: str | None = "PutThing",
    handle: Callable[..., None] | None = None,
) -> Response:
    """Have a chain with this one handler answer a request."""
    context = SimpleNamespace(
        request=Request("POST", path, headers=headers or {}),
        operation=SimpleNamespace(name=operation) if operation else None,
    )
    response = Response(status=200)
    chain = HandlerChain(request_handlers=[lambda *_: handler()])
    (handle or HandlerChain.handle)(chain, context, response)
    return response


def test_localstack_still_lets_requests_in_while_a_save_holds(gate: Gate) -> None:
    served = []
    with gate.hold(1):
        send(lambda: served.append(1), handle=original(HandlerChain, "handle"))
    assert served == [1]


def test_a_request_waits_while_a_save_holds(gate: Gate) -> None:
    served = threading.Event()
    thread = threading.Thread(target=send, args=(served.set,), daemon=True)
    with gate.hold(1):
        thread.start()
        assert not served.wait(0.1)
    assert served.wait(60)
    thread.join(60)
    assert (gate.active, gate.mutations) == (0, 1)


def test_a_request_that_fails_leaves_too(gate: Gate) -> None:
    def fail() -> None:
        raise RuntimeError("broken")

    send(fail)

    assert gate.active == 0


def test_reading_is_not_counted(gate: Gate) -> None:
    send(lambda: None, operation="DescribeThings")
    send(lambda: None, operation="PutThing")

    assert gate.mutations == 1


@pytest.mark.parametrize("path", ["/_glue-app/health", "/_localstack/health"])
def test_health_and_saves_answer_whatever_the_gate_does(gate: Gate, path: str) -> None:
    served = threading.Event()
    gate.close("stopping")
    with gate.hold(1):
        threading.Thread(target=send, args=(served.set, path), daemon=True).start()
        assert served.wait(60), "while a save holds"
    assert send(lambda: None, path=path).status_code == 200, "when it is closed"


def test_a_websocket_does_not_keep_a_save_waiting(gate: Gate) -> None:
    """It stays open for hours."""
    inside: list[int] = []
    context = SimpleNamespace(request=WebSocketRequest({"wsgi.url_scheme": "ws", "PATH_INFO": "/"}))

    HandlerChain(request_handlers=[lambda *_: inside.append(gate.active)]).handle(context, Response())

    assert inside == [0]


def test_a_closed_gate_lets_internal_requests_pass(gate: Gate) -> None:
    gate.close("stopping")
    assert send(lambda: None, headers=INTERNAL).status_code == 200


@pytest.mark.parametrize(
    ("service", "headers"),
    [
        ("stepfunctions", {"X-Amz-Target": "AWSStepFunctions.StartExecution"}),
        ("s3", {}),
        ("iam", {}),
        ("ec2", {}),
    ],
)
def test_a_refusal_reaches_the_client_with_its_message(
    gate: Gate, service: str, headers: dict[str, str]
) -> None:
    """503 ServiceUnavailable, as botocore reads it for JSON, REST-XML, query and EC2."""
    gate.close("the stack is <being> stopped")

    response = send(lambda: pytest.fail("served"), headers=headers)

    model = load_service(service)
    parser: Any = create_parser(model.metadata["protocol"])
    answer = {
        "status_code": response.status_code,
        "headers": dict(response.headers),
        "body": response.get_data(),
    }
    parsed = parser.parse(answer, None)
    assert response.status_code == 503
    assert parsed["Error"]["Message"] == "the stack is <being> stopped"
    assert parsed["Error"]["Code"] == "ServiceUnavailable"


class Poll:
    """A ReceiveMessage on a thread of its own: a get within the gate."""

    def __init__(self, gate: Gate, queue: Any, timeout: float, get: Callable[..., Any] | None = None) -> None:
        self.taken: list[Any] = []
        self.thread = threading.Thread(target=self._run, args=(gate, queue, timeout, get), daemon=True)
        self.thread.start()

    def _run(self, gate: Gate, queue: Any, timeout: float, get: Callable[..., Any] | None) -> None:
        gate.enter(internal=False)
        try:
            self.taken.append((get or type(queue).get)(queue, True, timeout))
        except Empty:
            self.taken.append(None)
        finally:
            gate.leave()

    def result(self) -> Any:
        self.thread.join(60)
        assert not self.thread.is_alive()
        return self.taken[0]


def polling(queue: Any) -> bool:
    return bool(queue.not_empty._waiters)


def test_localstack_still_makes_a_save_wait_for_a_long_poll(gate: Gate) -> None:
    queue = InterruptibleQueue()
    poll = Poll(gate, queue, 20, original(InterruptibleQueue, "get"))
    wait_for("the poll", lambda: polling(queue))

    with pytest.raises(TimeoutError), gate.hold(0.05):
        pytest.fail("held")
    queue.put("m")
    assert poll.result() == "m"


@pytest.mark.parametrize("kind", [InterruptibleQueue, InterruptiblePriorityQueue])
def test_a_long_poll_takes_nothing_while_a_save_holds(gate: Gate, kind: Any) -> None:
    """The save does not wait for it, and a message that comes meanwhile is still in the queue."""
    queue = kind()
    poll = Poll(gate, queue, 20)
    wait_for("the poll", lambda: polling(queue))

    with gate.hold(1):
        queue.put("m")
        wait_for("the poll to see it", lambda: not polling(queue))
        poll.thread.join(0.1)
        assert (poll.taken, queue.qsize()) == ([], 1)

    assert poll.result() == "m"


def test_a_message_wakes_one_of_two_polls_and_the_other_goes_on(gate: Gate) -> None:
    queue = InterruptibleQueue()
    polls = [Poll(gate, queue, 20) for _ in range(2)]
    wait_for("both polls", lambda: len(queue.not_empty._waiters) == 2)

    queue.put("first")
    wait_for("one of them", lambda: any(poll.taken for poll in polls))
    assert sorted(len(poll.taken) for poll in polls) == [0, 1]
    queue.put("second")

    assert sorted(poll.result() for poll in polls) == ["first", "second"]


def test_many_polls_get_every_message_once(gate: Gate) -> None:
    queue = InterruptibleQueue()
    polls = [Poll(gate, queue, 20) for _ in range(20)]
    for number in range(20):
        queue.put(number)

    assert sorted(poll.result() for poll in polls) == list(range(20))


def test_a_poll_ends_in_time_without_a_message(gate: Gate) -> None:
    assert Poll(gate, InterruptibleQueue(), 0.05).result() is None


def test_a_shutdown_ends_a_poll(gate: Gate) -> None:
    queue = InterruptibleQueue()
    poll = Poll(gate, queue, 20)
    wait_for("the poll", lambda: polling(queue))

    queue.shutdown()

    assert poll.result() is None
