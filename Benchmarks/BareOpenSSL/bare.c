#include "bare.h"

#include <openssl/core_names.h>
#include <openssl/evp.h>
#include <openssl/hmac.h>
#include <openssl/params.h>
#include <stdio.h>
#include <string.h>

static EVP_MD *sha256;
static EVP_MD_CTX *hash;
static EVP_MAC_CTX *keyed;

static int hmac(const void *key, size_t key_count, const void *text, size_t count, uint8_t out[BARE_BYTES]) {
    return HMAC(EVP_sha256(), key, (int)key_count, text, count, out, NULL) != NULL;
}

int bare_signing_key(
    const char *secret, const char *date, const char *region, const char *service, uint8_t key[BARE_BYTES]) {
    static const char last[] = "aws4_request";
    char first[256];
    int count = snprintf(first, sizeof first, "AWS4%s", secret);
    return count > 0 && (size_t)count < sizeof first
        && hmac(first, (size_t)count, date, strlen(date), key)
        && hmac(key, BARE_BYTES, region, strlen(region), key)
        && hmac(key, BARE_BYTES, service, strlen(service), key)
        && hmac(key, BARE_BYTES, last, strlen(last), key);
}

int bare_prepare(const uint8_t key[BARE_BYTES]) {
    sha256 = EVP_MD_fetch(NULL, "SHA256", NULL);
    hash = EVP_MD_CTX_new();
    EVP_MAC *mac = EVP_MAC_fetch(NULL, "HMAC", NULL);
    keyed = mac != NULL ? EVP_MAC_CTX_new(mac) : NULL;
    EVP_MAC_free(mac);
    OSSL_PARAM parameters[] = {
        OSSL_PARAM_construct_utf8_string(OSSL_MAC_PARAM_DIGEST, (char *)"SHA256", 0),
        OSSL_PARAM_construct_end(),
    };
    return sha256 != NULL && hash != NULL && keyed != NULL && EVP_MAC_init(keyed, key, BARE_BYTES, parameters) == 1;
}

int bare_sign_reused(
    unsigned times, struct BareText canonical_request, struct BareText string_to_sign, uint8_t signature[BARE_BYTES]) {
    uint8_t digest[BARE_BYTES];
    size_t written;
    for (; times > 0; times--) {
        if (EVP_DigestInit_ex2(hash, sha256, NULL) != 1
            || EVP_DigestUpdate(hash, canonical_request.bytes, canonical_request.count) != 1
            || EVP_DigestFinal_ex(hash, digest, NULL) != 1
            || EVP_MAC_init(keyed, NULL, 0, NULL) != 1
            || EVP_MAC_update(keyed, string_to_sign.bytes, string_to_sign.count) != 1
            || EVP_MAC_final(keyed, signature, &written, BARE_BYTES) != 1) return 0;
    }
    return 1;
}

int bare_sign_one_shot(
    unsigned times, const uint8_t key[BARE_BYTES], struct BareText canonical_request, struct BareText string_to_sign,
    uint8_t signature[BARE_BYTES]) {
    uint8_t digest[BARE_BYTES];
    for (; times > 0; times--) {
        if (EVP_Digest(canonical_request.bytes, canonical_request.count, digest, NULL, EVP_sha256(), NULL) != 1
            || !hmac(key, BARE_BYTES, string_to_sign.bytes, string_to_sign.count, signature)) return 0;
    }
    return 1;
}
