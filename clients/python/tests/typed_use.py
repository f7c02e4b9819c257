"""What a type checker makes of the client, as a user's program has it; checked by mypy and never run."""

import datetime
from typing import assert_type

import macie_broker
import macie_broker.aio
from macie_broker.types import GetMacieSessionResponse, Provenance


def as_boto3_has_it() -> None:
    client = macie_broker.client("macie2", region_name="us-east-1")
    response = client.get_macie_session()
    assert_type(response, GetMacieSessionResponse)
    assert_type(response["createdAt"], datetime.datetime)
    assert_type(response["ResponseMetadata"]["HTTPStatusCode"], int)
    assert_type(response["ResponseMetadata"]["MacieBroker"], Provenance)
    try:
        client.get_macie_session(profile="audit", maxAgeSeconds=60)
    except client.exceptions.AccessDeniedException as error:
        assert_type(error.operation_name, str)
    except macie_broker.BrokerError as failure:
        assert_type(failure.remedy, str | None)


async def awaited() -> None:
    async with macie_broker.aio.client() as client:
        assert_type(await client.get_macie_session(), GetMacieSessionResponse)


# Each of these has to be an error: where it is none, its remark is one (warn_unused_ignores).
def refused(client: macie_broker.Client) -> None:
    client.get_macie_session(maxAgeSeconds="60")  # type: ignore[arg-type]
    client.get_macie_session(accountId="1")  # type: ignore[arg-type]
    client.get_macie_session("audit")  # type: ignore[misc]
    client.get_macie_session()["secret"]  # type: ignore[typeddict-item]
