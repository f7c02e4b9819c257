"""The client for asyncio."""

import asyncio
import select
import threading
import unittest

import macie_broker
from macie_broker import exceptions
from support import SECONDS, Broker, Gathering, Holding, environment, in_child

client_of = macie_broker.aio.client


class Tasks(unittest.TestCase):
    def test_no_more_than_32_are_under_way_however_many_tasks_ask(self):
        async def main():
            async with client_of("macie2", socket_path=broker.path) as client:
                return await asyncio.gather(*(client.get_macie_session(region=f"r{n}") for n in range(96)))

        act = Holding()
        with Broker(act) as broker:
            answers = asyncio.run(main())
        self.assertEqual([answer["status"] for answer in answers], [f"r{n}" for n in range(96)])
        self.assertEqual((act.most, len(broker.peers)), (32, 1))

    def test_tasks_do_not_wait_for_each_other(self):
        async def main():
            async with client_of("macie2", socket_path=broker.path) as client:
                return await asyncio.gather(*(client.get_macie_session(region=f"r{n}") for n in range(8)))

        with Broker(Gathering(8)) as broker:
            answers = asyncio.run(main())
        self.assertEqual([answer["status"] for answer in answers], [f"r{n}" for n in range(8)])

    def test_one_that_is_cancelled_or_late_does_not_disturb_the_others_nor_the_next(self):
        async def main():
            async with client_of("macie2", socket_path=broker.path) as client:
                patient = asyncio.create_task(client.get_macie_session(region="patient"))
                cancelled = asyncio.create_task(client.get_macie_session(region="silent"))
                await asyncio.sleep(0.05)
                cancelled.cancel()
                with self.assertRaises(asyncio.CancelledError):
                    await cancelled
                client.timeout = 0.05
                with self.assertRaises(exceptions.BrokerTimeoutError):
                    await client.get_macie_session(region="silent")
                client.timeout = SECONDS
                let_go.set()
                return await patient, await client.get_macie_session()

        def act(peer, request):
            if request["params"].get("region") == "patient":
                threading.Thread(target=lambda: let_go.wait(SECONDS) and peer.answer(request, "PATIENT")).start()
            elif not request["params"]:
                peer.answer(request, "NEXT")

        let_go = threading.Event()
        with Broker(act) as broker:
            answers = asyncio.run(main())
        self.assertEqual([answer["status"] for answer in answers], ["PATIENT", "NEXT"])

    def test_a_restarted_broker_is_asked_without_an_error_and_only_once_more(self):
        async def main():
            async with client_of("macie2", socket_path=broker.path) as client:
                await client.get_macie_session()
                broker.stop()
                broker.listen()
                await client.get_macie_session()
                broker.act = lambda peer, request: peer.close()
                with self.assertRaises(exceptions.ConnectionClosedError):
                    await client.get_macie_session()

        with Broker() as broker:
            asyncio.run(main())
            self.assertEqual((len(broker.peers), len(broker.requests)), (3, 4))

    def test_many_tasks_survive_a_restart_and_share_the_new_connection(self):
        def act(peer, request):
            peer.unanswered.append(request)
            if peer is not broker.peers[0] or len(broker.requests) == 1:
                peer.answer(request)
            elif len(peer.unanswered) == 9:
                peer.close()

        async def main():
            async with client_of("macie2", socket_path=broker.path, timeout=SECONDS) as client:
                await client.get_macie_session()
                return await asyncio.gather(*(client.get_macie_session() for _ in range(8)))

        with Broker(act) as broker:
            self.assertEqual([answer["status"] for answer in asyncio.run(main())], ["ENABLED"] * 8)
            self.assertEqual((len(broker.peers), len(broker.requests)), (2, 17))

    def test_an_answer_that_comes_as_its_task_is_cancelled_is_dropped_without_a_word(self):
        async def main():
            asyncio.get_running_loop().set_exception_handler(lambda _, context: complaints.append(context))
            async with client_of("macie2", socket_path=broker.path) as client:
                task = asyncio.create_task(client.get_macie_session())
                while not broker.requests:
                    await asyncio.sleep(0.001)
                # Not awaited: the loop is to see the cancellation and the answer in one turn.
                let_go.set()
                select.select([client._lane.wire.descriptor], [], [], SECONDS)
                asyncio.get_running_loop().call_soon(task.cancel)
                await asyncio.wait([task])

        complaints, let_go = [], threading.Event()
        with Broker(lambda peer, request: let_go.wait(SECONDS) and peer.answer(request)) as broker:
            asyncio.run(main())
        self.assertEqual(complaints, [])

    def test_a_client_goes_on_in_another_event_loop(self):
        with Broker() as broker:
            client = client_of("macie2", socket_path=broker.path)
            for _ in range(2):
                self.assertEqual(asyncio.run(client.get_macie_session())["status"], "ENABLED")
            self.assertEqual(len(broker.peers), 2)
            said = in_child(lambda: asyncio.run(client.get_macie_session())["status"])
            self.assertEqual(said, "ENABLED")

    def test_a_child_that_ends_its_tasks_does_not_change_what_the_parents_loop_waits_for(self):
        async def main():
            async with client_of("macie2", socket_path=broker.path, timeout=SECONDS) as client:
                task = asyncio.create_task(client.get_macie_session())
                while not broker.requests:
                    await asyncio.sleep(0.001)
                # As when the child leaves asyncio.run() with an exception, which ends its copy of the task.
                self.assertEqual(in_child(client._lane.close), "None")
                let_go.set()
                return (await task)["status"]

        let_go = threading.Event()
        with Broker(lambda peer, request: let_go.wait(SECONDS) and peer.answer(request)) as broker:
            self.assertEqual(asyncio.run(main()), "ENABLED")

    def test_arguments_and_refusals_are_as_without_asyncio(self):
        async def main():
            async with client_of("macie2", socket_path=broker.path) as client:
                with self.assertRaises(exceptions.ParamValidationError):
                    await client.get_macie_session(nothing=1)
                with self.assertRaises(client.exceptions.AccessDeniedException):
                    await client.get_macie_session()
                self.assertIn(broker.path, repr(client))

        with Broker(lambda peer, request: peer.refuse(request, "AccessDeniedException", "aws")) as broker:
            asyncio.run(main())

    def test_an_inherited_descriptor_has_one_reader_in_a_process(self):
        async def main(plain):
            client = client_of("macie2")
            await client.get_macie_session()
            task = asyncio.create_task(client.get_macie_session(region="slow"))
            await asyncio.sleep(0.05)
            with self.assertRaises(exceptions.NoBrokerError) as raised:
                plain.get_macie_session()
            self.assertIn("another client of this process", str(raised.exception))
            let_go.set()
            await task
            await client.close()

        def act(peer, request):
            if request["params"]:
                let_go.wait(SECONDS)
            peer.answer(request)

        let_go = threading.Event()
        with Broker(act) as broker, broker.connected() as connection:
            before = connection.gettimeout()
            with environment(MACIE_BROKER_FD=connection.fileno()):
                plain = macie_broker.client("macie2")
                plain.get_macie_session()
                asyncio.run(main(plain))
                self.assertEqual(plain.get_macie_session()["status"], "ENABLED")
                plain.close()
            self.assertEqual((connection.gettimeout(), len(broker.peers)), (before, 1))


if __name__ == "__main__":
    unittest.main()
