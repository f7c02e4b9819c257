"""What a script sees: the dict, the exceptions, and what boto3's client also has."""

import datetime
import pathlib
import pickle
import unittest
from unittest import mock

import macie_broker
from macie_broker import exceptions
from support import PROVENANCE, Broker, Peer, environment

DOCUMENTED = (
    "ValidationException InternalServerException ServiceQuotaExceededException AccessDeniedException"
    " ResourceNotFoundException ThrottlingException ConflictException"
).split()


def refusing(type, origin="broker", **data):
    return lambda peer, request: peer.refuse(request, type, origin, **data)


def error_of(act, **options):
    """What a call raises, and the requests that were sent."""
    with Broker(act) as broker, macie_broker.client("macie2", socket_path=broker.path) as client:
        try:
            client.get_macie_session(**options)
        except Exception as error:
            return error, broker.requests
    raise AssertionError("nothing was raised")


class Answers(unittest.TestCase):
    def test_the_answer_is_the_dict_that_boto3_returns(self):
        with Broker() as broker, macie_broker.client("macie2", socket_path=pathlib.Path(broker.path)) as client:
            response = client.get_macie_session()
        utc = datetime.timezone.utc
        metadata = response.pop("ResponseMetadata")
        self.assertIs(type(response), dict)
        self.assertEqual(response, {
            "createdAt": datetime.datetime(2020, 12, 2, 22, 39, 41, 930000, utc),
            "findingPublishingFrequency": "SIX_HOURS",
            "serviceRole": "arn:aws:iam::123456789012:role/macie",
            "status": "ENABLED",
            "updatedAt": datetime.datetime(2024, 2, 29, 23, 59, 59, 999000, utc),
        })
        fetched = datetime.datetime(2026, 3, 1, 8, 0, 0, 125000, utc)
        self.assertEqual(metadata.pop("MacieBroker"), {**PROVENANCE, "fetchedAt": fetched})
        self.assertEqual(
            metadata, {"RequestId": "3c2a1b60", "HTTPStatusCode": 200, "HTTPHeaders": {}, "RetryAttempts": 1})

    def test_what_the_client_was_made_with_is_asked_for_and_a_call_can_ask_otherwise(self):
        with Broker() as broker:
            client = macie_broker.client("macie2", "eu-west-1", profile_name="audit", socket_path=broker.path)
            client.get_macie_session()
            client.get_macie_session(profile="other", region="us-east-1", maxAgeSeconds=0)
            client.close()
        asked = [request["params"] for request in broker.requests]
        self.assertEqual(asked[0], {"profile": "audit", "region": "eu-west-1"})
        self.assertEqual(asked[1], {"profile": "other", "region": "us-east-1", "maxAgeSeconds": 0})

    def test_what_scripts_touch_of_a_client_is_there(self):
        client = macie_broker.client("macie2", region_name="us-east-1")
        self.assertEqual(client.meta.region_name, "us-east-1")
        self.assertEqual(client.meta.method_to_api_mapping["get_macie_session"], "GetMacieSession")
        self.assertIs(client.can_paginate("get_macie_session"), False)
        self.assertRaises(KeyError, client.can_paginate, "nothing")
        self.assertRaises(AttributeError, lambda: client.enable_macie)
        client.close()

    def test_the_brokers_own_limit_is_over_before_the_clients(self):
        self.assertGreater(macie_broker.client().timeout, 30)  # requestSeconds, PROTOCOL.md section 8

    def test_the_repr_is_one_line_that_says_which_broker_and_why(self):
        with Broker() as broker, environment(MACIE_BROKER_SOCKET=broker.path):
            client = macie_broker.client("macie2", profile_name="audit")
            said = repr(client)
            client.get_macie_session()
            for part in ("audit", broker.path, "from MACIE_BROKER_SOCKET", "not connected"):
                self.assertIn(part, said)
            self.assertNotIn("\n", said)
            self.assertNotIn("not connected", repr(client))
            client.close()
        with environment(MACIE_BROKER_FD="x"):
            self.assertIn("MACIE_BROKER_FD=x", repr(macie_broker.client("macie2")))


class Errors(unittest.TestCase):
    def test_each_documented_exception_is_raised_as_itself(self):
        for name in DOCUMENTED:
            with self.subTest(name):
                act = refusing(name, "aws", httpStatus=400, requestId="r-1", remedy="do this")
                error, _ = error_of(act)
                client = macie_broker.client("macie2")
                self.assertIs(type(error), getattr(client.exceptions, name))
                self.assertIsInstance(error, client.exceptions.ClientError)
                self.assertEqual(error.response["Error"], {"Code": name, "Message": "no"})
                self.assertEqual(error.response["ResponseMetadata"]["HTTPStatusCode"], 400)
                self.assertEqual(error.response["ResponseMetadata"]["RequestId"], "r-1")
                self.assertEqual(error.response["ResponseMetadata"]["MacieBroker"]["remedy"], "do this")
                self.assertEqual(error.operation_name, "GetMacieSession")
                said = f"An error occurred ({name}) when calling the GetMacieSession operation: no"
                self.assertEqual(str(error), said)

    def test_an_exception_of_aws_that_is_not_documented_is_a_client_error(self):
        error, _ = error_of(refusing("ExpiredTokenException", "aws", httpStatus=403))
        self.assertIs(type(error), macie_broker.ClientError)
        self.assertEqual(error.response["Error"]["Code"], "ExpiredTokenException")

    def test_the_brokers_errors_are_no_client_errors_and_say_what_to_do(self):
        for name, kind in (
            ("PermissionDenied", exceptions.PermissionDeniedError),
            ("RateLimited", exceptions.RateLimitedError),
            ("Overloaded", exceptions.RefusedError),
            ("AccessDeniedException", exceptions.RefusedError),
        ):
            with self.subTest(name):
                error, _ = error_of(refusing(name, remedy="do this", retryAfterSeconds=1.5))
                self.assertIs(type(error), kind)
                self.assertIsInstance(error, macie_broker.BrokerError)
                self.assertNotIsInstance(error, macie_broker.ClientError)
                self.assertEqual((error.type, error.retry_after_seconds), (name, 1.5))
                self.assertIn(name, str(error))
                self.assertIn("do this", str(error))

    def test_no_broker_says_where_it_looked_and_why_and_how_to_start_one(self):
        with environment(MACIE_BROKER_SOCKET="/nonexistent/broker.sock"):
            with self.assertRaises(exceptions.NoBrokerError) as raised:
                macie_broker.client("macie2").get_macie_session()
        for part in ("/nonexistent/broker.sock", "from MACIE_BROKER_SOCKET", "No such file", "macie-brokerd"):
            self.assertIn(part, str(raised.exception))

    def test_a_runtime_directory_that_is_not_an_absolute_path_is_not_looked_at(self):
        with mock.patch("os.path.lexists", return_value=True):
            for given in ({}, {"XDG_RUNTIME_DIR": ""}, {"XDG_RUNTIME_DIR": "run"}):
                with self.subTest(given), environment(**given):
                    self.assertIn("socket /run/macie-broker/broker.sock ", repr(macie_broker.client("macie2")))
            with environment(XDG_RUNTIME_DIR="/run/user/1"):
                self.assertIn("socket /run/user/1/macie-broker/broker.sock ", repr(macie_broker.client("macie2")))

    def test_an_explicit_path_goes_before_the_environment_and_an_empty_one_is_refused(self):
        with Broker() as broker, environment(MACIE_BROKER_FD="999", MACIE_BROKER_SOCKET="/nonexistent"):
            with macie_broker.client("macie2", socket_path=broker.path) as client:
                self.assertEqual(client.get_macie_session()["status"], "ENABLED")
            for path in ("", "a\0b", "x" * 108):
                self.assertRaises(
                    exceptions.NoBrokerError, macie_broker.client("macie2", socket_path=path).get_macie_session)

    def test_arguments_that_make_no_sense_are_refused_and_nothing_is_sent(self):
        for options in (
            {"nothing": 1}, {"maxAgeSeconds": "5"}, {"maxAgeSeconds": True}, {"maxAgeSeconds": -1},
            {"maxAgeSeconds": 86401}, {"profile": ""}, {"profile": 'a"b'}, {"profile": "a" * 65}, {"region": "us-"},
            {"region": "1a"}, {"region": "us-east-1\n"}, {"region": "ü"}, {"region": "\ud800"}, {"region": 5},
        ):
            with self.subTest(options):
                error, requests = error_of(Peer.answer, **options)
                self.assertIsInstance(error, exceptions.ParamValidationError)
                self.assertEqual(requests, [])
                str(error).encode()
        self.assertRaises(TypeError, macie_broker.client("macie2").get_macie_session, 5)
        self.assertRaises(exceptions.ParamValidationError, macie_broker.client, "s3")
        for seconds in (0, -1, float("nan"), float("inf"), "5"):
            client = macie_broker.client("macie2", timeout=seconds)
            self.assertRaises(exceptions.ParamValidationError, client.get_macie_session)

    def test_an_error_shows_no_control_character_on_a_terminal_and_keeps_it_as_data(self):
        def act(peer, request):
            data = {"type": "Overloaded", "origin": "broker", "retryable": True, "remedy": "\x1b[2J"}
            peer.send({"jsonrpc": "2.0", "id": request["id"], "error": {"code": -1, "message": "\x9b\n", "data": data}})

        error, _ = error_of(act)
        self.assertTrue(str(error).isprintable(), ascii(str(error)))
        self.assertEqual((error.message, error.remedy), ("\x9b\n", "\x1b[2J"))

    def test_errors_survive_pickling(self):
        for act in (refusing("Overloaded", remedy="wait"), refusing("ConflictException", "aws", httpStatus=409)):
            error, _ = error_of(act)
            again = pickle.loads(pickle.dumps(error))
            self.assertIs(type(again), type(error))
            self.assertEqual((str(again), vars(again)), (str(error), vars(error)))
        late = exceptions.BrokerTimeoutError("late", "wait")
        self.assertEqual(str(pickle.loads(pickle.dumps(late))), str(late))
        self.assertIsInstance(late, TimeoutError)


if __name__ == "__main__":
    unittest.main()
