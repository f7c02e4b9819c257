#!/usr/bin/env python3
"""Keeps a secret in every form that scan.py knows, and in none other than its own, until it is ended: hoard.py SECRET"""

import base64
import sys
import time
from urllib.parse import quote

secret = sys.argv[1].encode()
hoard = [base64.b64encode(b"xyz"[:shift] + secret + b"tail") for shift in range(3)]
hoard += [secret.hex(), secret.hex().upper(), secret.decode().encode("utf-16-le"), secret.decode().encode("utf-16-be")]
hoard += [quote(secret, safe=""), "".join(f"%{byte:02X}" for byte in secret)]
hoard += [b"????????" + secret[8:-8] + b"????????"]
print("ready", flush=True)
time.sleep(600)
