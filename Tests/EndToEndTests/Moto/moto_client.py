"""A boto3 client of a moto server on loopback, with the one header that moto needs to check a signature rightly."""

import hashlib

import boto3
from botocore.config import Config

EMPTY_BODY = hashlib.sha256(b"").hexdigest()


def client(service, port, key="testing", secret="testing", region="us-east-1"):
    """A client that is never redirected by the caller's environment and asks once, so that a refusal is seen at once."""
    made = boto3.session.Session(
        aws_access_key_id=key, aws_secret_access_key=secret, region_name=region
    ).client(
        service,
        endpoint_url=f"http://127.0.0.1:{port}",
        config=Config(retries={"total_max_attempts": 1}, connect_timeout=5, read_timeout=10, proxies={}),
    )
    made.meta.events.register("before-sign", add_body_hash)
    return made


def add_body_hash(request, **_):
    """moto takes the headers of a request without a body for its body, unless the body's hash is sent and signed."""
    if not request.data:
        request.headers["X-Amz-Content-SHA256"] = EMPTY_BODY
