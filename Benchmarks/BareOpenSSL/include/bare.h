// The OpenSSL calls of one signature: the SHA-256 of a canonical request and the HMAC of a string to sign.

#ifndef BARE_H
#define BARE_H

#include <stddef.h>
#include <stdint.h>

enum { BARE_BYTES = 32 };  // of a key, a hash and a signature

struct BareText {
    const uint8_t *bytes;
    size_t count;
};

/// The signing key: four HMACs in a row. True when libcrypto did it.
int bare_signing_key(
    const char *secret, const char *date, const char *region, const char *service, uint8_t key[BARE_BYTES]);

/// Fetches the algorithms and keys the context that bare_sign_reused uses. Once a process. True when libcrypto did it.
int bare_prepare(const uint8_t key[BARE_BYTES]);

/// The least: contexts kept, the key in its context. Signs so many times in a row, the same each time.
int bare_sign_reused(
    unsigned times, struct BareText canonical_request, struct BareText string_to_sign, uint8_t signature[BARE_BYTES]);

/// What most programs write: EVP_Digest and HMAC.
int bare_sign_one_shot(
    unsigned times, const uint8_t key[BARE_BYTES], struct BareText canonical_request, struct BareText string_to_sign,
    uint8_t signature[BARE_BYTES]);

#endif
