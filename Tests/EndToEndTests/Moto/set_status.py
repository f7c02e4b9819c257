"""Changes Macie behind the broker's back.

    set_status.py --port P --key ID --secret-from-stdin --status PAUSED|ENABLED|DISABLED [--region R]
"""

import argparse
import sys

from moto_client import client


def main():
    options = argparse.ArgumentParser()
    options.add_argument("--port", type=int, required=True)
    options.add_argument("--key", required=True)
    options.add_argument("--secret-from-stdin", action="store_true", required=True)
    options.add_argument("--status", choices=["PAUSED", "ENABLED", "DISABLED"], required=True)
    options.add_argument("--region", default="us-east-1")
    asked = options.parse_args()
    macie = client("macie2", asked.port, asked.key, sys.stdin.readline().strip(), asked.region)
    if asked.status == "DISABLED":
        macie.disable_macie()
    else:
        macie.enable_macie(status=asked.status)


if __name__ == "__main__":
    main()
