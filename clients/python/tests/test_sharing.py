"""One connection: shared by threads, not by forks; kept, and made anew."""

import asyncio
import contextlib
import fcntl
import json
import os
import signal
import socket
import subprocess
import sys
import threading
import time
import unittest

import macie_broker
from macie_broker import exceptions
from support import FOLDER, SECONDS, Broker, Gathering, Holding, Peer, environment, in_child, in_threads


class Threads(unittest.TestCase):
    def test_threads_ask_at_the_same_time_on_one_connection_and_each_gets_its_own_answer(self):
        with Broker(Gathering(16)) as broker, macie_broker.client("macie2", socket_path=broker.path) as client:
            for _ in range(3):
                outcomes = in_threads(16, lambda index: client.get_macie_session(region=f"r{index}")["status"])
                self.assertEqual(outcomes, [f"r{index}" for index in range(16)])
        self.assertEqual(len(broker.peers), 1)

    def test_one_that_reads_for_others_tells_them_while_it_waits_itself(self):
        def act(peer, request):
            if request["params"]:
                late.append((peer, request))
            else:
                peer.answer(request)

        late, outcomes = [], []
        with Broker(act) as broker, macie_broker.client("macie2", socket_path=broker.path) as client:
            reader = threading.Thread(target=client.get_macie_session, kwargs={"region": "late"})
            reader.start()
            wait_until(lambda: late)
            other = threading.Thread(target=lambda: outcomes.append(client.get_macie_session()["status"]), daemon=True)
            other.start()
            other.join(SECONDS)
            told_meanwhile = list(outcomes)
            peer, request = late[0]
            peer.answer(request)
            reader.join(SECONDS)
        self.assertEqual(told_meanwhile, ["ENABLED"])

    def test_no_more_than_32_are_under_way_however_many_threads_ask(self):
        act = Holding()
        with Broker(act) as broker, macie_broker.client("macie2", socket_path=broker.path) as client:
            outcomes = in_threads(96, lambda index: client.get_macie_session(region=f"r{index}")["status"])
        self.assertEqual(outcomes, [f"r{index}" for index in range(96)])
        self.assertEqual((act.most, len(broker.peers)), (32, 1))

    def test_one_that_gives_up_does_not_disturb_the_others_and_its_connection_is_not_kept(self):
        def act(peer, request):
            region = request["params"].get("region")
            if region == "late":
                late.append((peer, request))
            elif region is None:
                peer.answer(request)

        late, outcomes = [], []
        with Broker(act) as broker, macie_broker.client("macie2", socket_path=broker.path, timeout=SECONDS) as client:
            thread = threading.Thread(target=lambda: outcomes.append(client.get_macie_session(region="late")["status"]))
            thread.start()
            wait_until(lambda: late)
            client.timeout = 0.05
            with self.assertRaises(exceptions.BrokerTimeoutError):
                client.get_macie_session(region="silent")
            self.assertEqual(in_threads(4, lambda _: error_type(client)), ["timeout"] * 4)
            client.timeout = SECONDS
            client.get_macie_session()
            peer, request = late[0]
            peer.answer(request, "LATE")
            thread.join(SECONDS)
            self.assertEqual(outcomes, ["LATE"])
            self.assertIs(broker.peers[0], peer)
            self.assertGreater(len(broker.peers), 1)

    def test_who_waits_for_a_place_gets_that_of_one_that_gave_up(self):
        def act(peer, request):
            peer.unanswered.append(request)
            if "region" not in request["params"]:
                for waiting in peer.unanswered:
                    peer.answer(waiting)

        def silent(count, seconds):
            client.timeout, before = seconds, len(broker.requests)
            call = lambda _: client.get_macie_session(region="silent")
            threading.Thread(target=in_threads, args=(count, call), daemon=True).start()
            wait_until(lambda: len(broker.requests) == before + count)

        with Broker(act) as broker, macie_broker.client("macie2", socket_path=broker.path) as client:
            silent(31, SECONDS)
            silent(1, 0.3)
            client.timeout = 3
            self.assertEqual(client.get_macie_session()["status"], "ENABLED")

    def test_close_lets_those_under_way_have_their_answers_and_a_later_call_connects_anew(self):
        asked, let_go = threading.Event(), threading.Event()

        def act(peer, request):
            asked.set()
            let_go.wait(SECONDS)
            peer.answer(request)

        with Broker(act) as broker:
            client = macie_broker.client("macie2", socket_path=broker.path)
            outcomes = []
            thread = threading.Thread(target=lambda: outcomes.append(client.get_macie_session()["status"]))
            thread.start()
            self.assertTrue(asked.wait(SECONDS))
            client.close()
            let_go.set()
            thread.join(SECONDS)
            self.assertEqual(outcomes, ["ENABLED"])
            self.assertEqual(client.get_macie_session()["status"], "ENABLED")
            self.assertEqual(len(broker.peers), 2)
            client.close()

    def test_a_connection_that_another_thread_closes_just_before_it_is_asked_is_not_the_one_that_is_asked(self):
        with Broker() as broker, macie_broker.client("macie2", socket_path=broker.path, timeout=SECONDS) as client:
            client.get_macie_session()
            chosen, choose = [client._lane], client._usable_lane
            descriptor = client._lane.wire.descriptor
            silent, other_end = socket.socketpair()
            client.close()
            client._usable_lane = lambda: chosen.pop() if chosen else choose()
            # The number is soon somebody else's.
            with silent, other_end, os.fdopen(os.dup2(silent.fileno(), descriptor), "rb"):
                self.assertEqual(client.get_macie_session()["status"], "ENABLED")
            self.assertEqual((chosen, len(broker.peers)), ([], 2))

    def test_threads_that_close_do_no_harm_to_threads_that_ask(self):
        for variable in ("MACIE_BROKER_SOCKET", "MACIE_BROKER_FD"):
            with self.subTest(variable), Broker() as broker, broker.connected() as connection:
                value = broker.path if variable == "MACIE_BROKER_SOCKET" else connection.fileno()
                with environment(**{variable: value}):
                    clients = [macie_broker.client("macie2", timeout=SECONDS) for _ in range(2)]

                def ask(index):
                    for _ in range(100):
                        if index < 2:
                            clients[index].close()
                        clients[index % 2].get_macie_session()
                    return "done"

                with environment(**{variable: value}):
                    self.assertEqual(in_threads(6, ask), ["done"] * 6)
                for client in clients:
                    client.close()


def error_type(client):
    try:
        client.get_macie_session(region="silent")
    except exceptions.BrokerError as error:
        return error.type


def wait_until(holds):
    deadline = time.monotonic() + SECONDS
    while not holds():
        if time.monotonic() > deadline:
            raise AssertionError("waited in vain")
        time.sleep(0.001)


class Forks(unittest.TestCase):
    def test_a_child_makes_a_connection_of_its_own_and_the_parents_goes_on(self):
        with Broker() as broker, macie_broker.client("macie2", socket_path=broker.path) as client:
            client.get_macie_session()
            self.assertEqual(in_child(lambda: client.get_macie_session()["status"]), "ENABLED")
            self.assertEqual(in_child(client.close), "None")
            client.get_macie_session()
            self.assertEqual(len(broker.peers), 2)
            first = broker.requests[0]["id"]
            self.assertEqual([broker.requests[-1]["id"]], [first + 1])

    def test_a_child_made_while_other_threads_wait_for_answers_is_not_held_up(self):
        let_go = threading.Event()

        def act(peer, request):
            if "region" in request["params"]:
                let_go.wait(SECONDS)
            peer.answer(request)

        with Broker(act) as broker, macie_broker.client("macie2", socket_path=broker.path) as client:
            threads = [
                threading.Thread(target=client.get_macie_session, kwargs={"region": "slow"}) for _ in range(4)
            ]
            for thread in threads:
                thread.start()
            wait_until(lambda: broker.requests)
            with client._door, client._lane._lock:
                self.assertEqual(in_child(lambda: client.get_macie_session()["status"]), "ENABLED")
            let_go.set()
            for thread in threads:
                thread.join(SECONDS)
            self.assertEqual(len(broker.peers), 2)

    def test_its_descriptor_is_not_inherited_by_programs(self):
        with Broker() as broker, macie_broker.client("macie2", socket_path=broker.path) as client:
            client.get_macie_session()
            self.assertFalse(os.get_inheritable(client._lane.wire.descriptor))


class Restarts(unittest.TestCase):
    def test_a_restarted_broker_is_asked_without_an_error(self):
        with Broker() as broker, macie_broker.client("macie2", socket_path=broker.path) as client:
            for _ in range(3):
                client.get_macie_session()
                broker.stop()
                broker.listen()
            client.get_macie_session()
            self.assertEqual(len(broker.peers), 4)

    def test_what_the_broker_said_when_it_hung_up_between_two_calls_is_no_error_of_the_next(self):
        with Broker() as broker, macie_broker.client("macie2", socket_path=broker.path) as client:
            client.get_macie_session()
            error = {"type": "IdleTimeout", "origin": "broker", "retryable": True}
            error = {"code": -32012, "message": "idle", "data": error}
            broker.peers[0].send({"jsonrpc": "2.0", "id": None, "error": error})
            broker.peers[0].close()
            client.get_macie_session()
            self.assertEqual((len(broker.peers), len(broker.requests)), (2, 2))

    def test_a_connection_on_which_nonsense_came_is_not_kept(self):
        def act(peer, request):
            if len(broker.requests) == 1:
                peer.send({"jsonrpc": "2.0", "id": request["id"], "result": {"session": "no object"}})
            else:
                peer.answer(request)

        with Broker(act) as broker, macie_broker.client("macie2", socket_path=broker.path) as client:
            self.assertRaises(exceptions.ProtocolError, client.get_macie_session)
            self.assertEqual(client.get_macie_session()["status"], "ENABLED")
            self.assertEqual(len(broker.peers), 2)

    def test_what_the_broker_says_as_it_hangs_up_is_told_to_all_who_wait_each_with_an_exception_of_its_own(self):
        def act(peer, request):
            peer.unanswered.append(request)
            if len(peer.unanswered) == 4:
                peer.refuse({"id": None}, "SlowReader")
                peer.close()

        with Broker(act) as broker, macie_broker.client("macie2", socket_path=broker.path) as client:
            outcomes = in_threads(4, lambda _: client.get_macie_session())
        self.assertEqual([getattr(outcome, "type", outcome) for outcome in outcomes], ["SlowReader"] * 4)
        self.assertEqual(len({id(outcome) for outcome in outcomes}), 4)

    def test_many_threads_survive_a_restart_and_share_the_new_connection(self):
        closed = threading.Event()

        def act(peer, request):
            if peer is broker.peers[0] and len(broker.requests) > 1:
                peer.unanswered.append(request)
                if len(peer.unanswered) == 8:
                    closed.set()
                    peer.close()
            else:
                peer.answer(request)

        with Broker(act) as broker, macie_broker.client("macie2", socket_path=broker.path) as client:
            client.get_macie_session()
            outcomes = in_threads(8, lambda _: client.get_macie_session()["status"])
            self.assertEqual(outcomes, ["ENABLED"] * 8)
            self.assertEqual((len(broker.peers), len(broker.requests)), (2, 17))

    def test_it_is_asked_a_second_time_once_and_never_a_third_time(self):
        def act(peer, request):
            if len(broker.requests) == 1:
                peer.answer(request)
            else:
                peer.close()

        with Broker(act) as broker, macie_broker.client("macie2", socket_path=broker.path) as client:
            client.get_macie_session()
            self.assertRaises(exceptions.ConnectionClosedError, client.get_macie_session)
            self.assertEqual(len(broker.requests), 3)
            self.assertRaises(exceptions.ConnectionClosedError, client.get_macie_session)
            self.assertEqual(len(broker.requests), 4)

    def test_a_closed_connection_is_no_signal_even_where_sigpipe_kills(self):
        program = """
import signal, sys, macie_broker
signal.signal(signal.SIGPIPE, signal.SIG_DFL)
client = macie_broker.client("macie2")
try:
    client.get_macie_session()
except macie_broker.exceptions.ConnectionClosedError as error:
    print("closed")
"""
        with Broker(lambda peer, request: peer.close()) as broker:
            connection = broker.connected()
            wait_until(lambda: broker.peers)
            broker.peers[0].close()
            with connection, environment():
                os.set_inheritable(connection.fileno(), True)
                self.assertEqual(run_with(program, connection), "closed")

    def test_a_signal_that_raises_ends_the_call_and_the_next_one_works(self):
        def act(peer, request):
            if len(broker.requests) == 1:
                os.kill(os.getpid(), signal.SIGALRM)
            else:
                peer.answer(request)

        def interrupt(*_):
            raise KeyboardInterrupt

        before = signal.signal(signal.SIGALRM, interrupt)
        try:
            with Broker(act) as broker, macie_broker.client("macie2", socket_path=broker.path) as client:
                self.assertRaises(KeyboardInterrupt, client.get_macie_session)
                self.assertEqual(client.get_macie_session()["status"], "ENABLED")
        finally:
            signal.signal(signal.SIGALRM, before)


def run_with(program, connection):
    done = subprocess.run(
        [sys.executable, "-c", program], pass_fds=[connection.fileno()], stdout=subprocess.PIPE, text=True, timeout=30,
        env={"PYTHONPATH": str(FOLDER), "MACIE_BROKER_FD": str(connection.fileno()), "PATH": os.environ["PATH"]})
    return done.stdout.strip() if done.returncode == 0 else f"status {done.returncode}"


@contextlib.contextmanager
def inherited(broker):
    connection = broker.connected()
    with connection, environment(MACIE_BROKER_FD=connection.fileno()):
        yield connection


def answer_of(call):
    """What was answered, with or without asyncio."""
    return asyncio.run(call) if asyncio.iscoroutine(call) else call


def state(connection):
    level = socket.SOL_SOCKET
    names = (socket.SO_RCVTIMEO, socket.SO_SNDTIMEO)
    flags = fcntl.fcntl(connection.fileno(), fcntl.F_GETFL)
    return flags, [connection.getsockopt(level, name, 16) for name in names]


class Inherited(unittest.TestCase):
    def test_nothing_of_the_socket_is_changed_whatever_the_default_time_out_and_it_stays_open(self):
        for blocking in (True, False):
            for default in (None, 5.0):
                with self.subTest(blocking=blocking, default=default), Broker() as broker, inherited(broker) as found:
                    found.setblocking(blocking)
                    before = state(found)
                    os.set_inheritable(found.fileno(), True)
                    socket.setdefaulttimeout(default)
                    try:
                        with macie_broker.client("macie2") as client:
                            self.assertEqual(client.get_macie_session()["status"], "ENABLED")
                            self.assertEqual(state(found), before)
                            self.assertFalse(os.get_inheritable(found.fileno()))
                    finally:
                        socket.setdefaulttimeout(None)
                    self.assertEqual(state(found), before)
                    os.fstat(found.fileno())
                    self.assertEqual(len(broker.peers), 1)

    def test_all_clients_of_a_process_share_it_and_each_gets_its_own_answers(self):
        with Broker(Gathering(8)) as broker, inherited(broker):
            clients = [macie_broker.client("macie2") for _ in range(8)]
            outcomes = in_threads(8, lambda index: clients[index].get_macie_session(region=f"r{index}")["status"])
            self.assertEqual(outcomes, [f"r{index}" for index in range(8)])
            for client in clients:
                client.close()

    def test_a_child_is_refused_while_the_parent_uses_it_and_not_after(self):
        with Broker() as broker, inherited(broker):
            client = macie_broker.client("macie2")
            client.get_macie_session()
            said = in_child(client.get_macie_session)
            self.assertIn("NoBrokerError", said)
            self.assertIn(f"process {os.getpid()}", said)
            said = in_child(lambda: macie_broker.client("macie2").get_macie_session())
            self.assertIn(f"process {os.getpid()}", said)
            self.assertEqual(len(broker.requests), 1)
            client.get_macie_session()
            client.close()
            self.assertEqual(in_child(lambda: macie_broker.client("macie2").get_macie_session()["status"]), "ENABLED")

    def test_its_end_is_reported_and_nobody_else_is_asked(self):
        with Broker(lambda peer, request: peer.close()) as broker, inherited(broker):
            os.environ["MACIE_BROKER_SOCKET"] = broker.path
            client = macie_broker.client("macie2")
            for _ in range(3):
                self.assertRaises(exceptions.ConnectionClosedError, client.get_macie_session)
            self.assertEqual(len(broker.peers), 1)

    def test_a_buffer_that_an_earlier_user_has_filled_is_waited_for(self):
        def answer_late(there):
            with there.makefile("rb") as lines:
                request = next(line for line in lines if line.strip())
            Peer(there).answer(json.loads(request))

        for kind in (macie_broker.client, macie_broker.aio.client):
            here, there = socket.socketpair()
            with self.subTest(kind), here, there, environment(MACIE_BROKER_FD=here.fileno()):
                with contextlib.suppress(BlockingIOError):
                    while True:
                        here.send(b"\n" * 1024, socket.MSG_DONTWAIT)
                threading.Timer(0.1, answer_late, (there,)).start()
                client = kind("macie2", timeout=SECONDS)
                self.assertEqual(answer_of(client.get_macie_session())["status"], "ENABLED")
                answer_of(client.close())

    def test_the_rest_of_a_late_answer_is_still_read(self):
        def act(peer, request):
            peer.unanswered.append(request)
            if len(peer.unanswered) == 1:
                peer.connection.sendall(b'{"jsonrpc":"2.0","id":0,')
            else:
                peer.connection.sendall(b'"result":{}}\n')
                peer.answer(request)

        with Broker(act) as broker, inherited(broker):
            with macie_broker.client("macie2", timeout=0.05) as client:
                self.assertRaises(exceptions.BrokerTimeoutError, client.get_macie_session)
                client.timeout = SECONDS
                self.assertEqual(client.get_macie_session()["status"], "ENABLED")

    def test_a_late_answer_is_nobodys(self):
        def act(peer, request):
            peer.unanswered.append(request)
            if len(peer.unanswered) == 2:
                peer.answer(peer.unanswered[0], "LATE")
                peer.answer(peer.unanswered[1], "MINE")

        with Broker(act) as broker, inherited(broker):
            with macie_broker.client("macie2", timeout=0.05) as client:
                self.assertRaises(exceptions.BrokerTimeoutError, client.get_macie_session)
                client.timeout = SECONDS
                self.assertEqual(client.get_macie_session()["status"], "MINE")
            self.assertEqual(len(broker.peers), 1)


if __name__ == "__main__":
    unittest.main()
