"""What boto3 says of the Macie session: the oracle that the broker's answer must equal, field by field.

    boto3_session.py --port P --key ID --secret-from-stdin [--region R]

Prints the members of GetMacieSession as one JSON object, instants as RFC 3339 UTC (as the broker writes them); or, when
AWS refuses, {"error": CODE, "message": …, "httpStatus": …}.
"""

import argparse
import datetime
import json
import sys

from botocore.exceptions import ClientError
from moto_client import client


def main():
    options = argparse.ArgumentParser()
    options.add_argument("--port", type=int, required=True)
    options.add_argument("--key", required=True)
    options.add_argument("--secret-from-stdin", action="store_true", required=True)
    options.add_argument("--region", default="us-east-1")
    asked = options.parse_args()
    secret = sys.stdin.readline().strip()
    try:
        answer = client("macie2", asked.port, asked.key, secret, asked.region).get_macie_session()
    except ClientError as refusal:
        print(json.dumps(told(refusal.response)))
        return
    del answer["ResponseMetadata"]
    print(json.dumps(answer, default=rfc3339))


def told(response):
    error = response["Error"]
    return {
        "error": error["Code"],
        "message": error["Message"],
        "httpStatus": response["ResponseMetadata"]["HTTPStatusCode"],
    }


def rfc3339(instant):
    """2020-12-02T22:39:41.930Z: no fraction when it is zero, else 3 or 6 digits."""
    utc = instant.astimezone(datetime.timezone.utc).replace(tzinfo=None)
    if utc.microsecond == 0:
        return utc.isoformat() + "Z"
    return utc.isoformat(timespec="microseconds" if utc.microsecond % 1000 else "milliseconds") + "Z"


if __name__ == "__main__":
    main()
