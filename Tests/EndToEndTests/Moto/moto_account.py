"""Furnishes a fresh moto server: two IAM users, Macie enabled, and from then on every signature and policy checked.

    moto_account.py --port P [--region R]

`allowed` may do macie2:* and assume the role `reader`, which may do macie2:* too; `denied` has no policy. Prints one JSON
object with their keys, which are good for nothing but this server, and the role's ARN.
"""

import argparse
import json
import urllib.request

from moto_client import client

MAY_USE_MACIE = {
    "Version": "2012-10-17",
    "Statement": [{"Effect": "Allow", "Action": ["macie2:*", "sts:AssumeRole"], "Resource": "*"}],
}
TRUST = {
    "Version": "2012-10-17",
    "Statement": [{"Effect": "Allow", "Action": "sts:AssumeRole", "Principal": {"AWS": "*"}}],
}


def main():
    options = argparse.ArgumentParser()
    options.add_argument("--port", type=int, required=True)
    options.add_argument("--region", default="us-east-1")
    asked = options.parse_args()

    iam = client("iam", asked.port)
    allowed = user_with_key(iam, "allowed")
    denied = user_with_key(iam, "denied")
    iam.put_user_policy(UserName="allowed", PolicyName="macie", PolicyDocument=json.dumps(MAY_USE_MACIE))
    role = iam.create_role(RoleName="reader", AssumeRolePolicyDocument=json.dumps(TRUST))["Role"]["Arn"]
    iam.put_role_policy(RoleName="reader", PolicyName="macie", PolicyDocument=json.dumps(MAY_USE_MACIE))
    client("macie2", asked.port, region=asked.region).enable_macie(
        status="ENABLED", findingPublishingFrequency="SIX_HOURS"
    )
    check_signatures_from_now_on(asked.port)
    print(json.dumps({"region": asked.region, "allowed": allowed, "denied": denied, "role": role}))


def user_with_key(iam, name):
    iam.create_user(UserName=name)
    key = iam.create_access_key(UserName=name)["AccessKey"]
    return {"accessKeyId": key["AccessKeyId"], "secretAccessKey": key["SecretAccessKey"]}


def check_signatures_from_now_on(port):
    """The number is how many more requests go unchecked; without the content type moto does not read it."""
    urllib.request.build_opener(urllib.request.ProxyHandler({})).open(
        urllib.request.Request(
            f"http://127.0.0.1:{port}/moto-api/reset-auth",
            data=b"0",
            headers={"Content-Type": "text/plain"},
            method="POST",
        ),
        timeout=10,
    ).close()


if __name__ == "__main__":
    main()
