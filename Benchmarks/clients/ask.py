"""ask.py CALLS: one call, then so many; prints the seconds that these took. With ask.py CALLS boto3, by boto3."""

import sys
import time

if sys.argv[2:] == ["boto3"]:
    import boto3 as library
else:
    import macie_broker as library

client = library.client("macie2")
client.get_macie_session()
begun = time.perf_counter()
for _ in range(int(sys.argv[1])):
    client.get_macie_session()
print(time.perf_counter() - begun)
