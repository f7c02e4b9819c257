#ifndef MACIE_BROKER_COPENSSL_SHIM_H
#define MACIE_BROKER_COPENSSL_SHIM_H

#include <openssl/core_names.h>
#include <openssl/crypto.h>
#include <openssl/evp.h>
#include <openssl/params.h>

/// Keys an "HMAC" context with `key` and SHA-256: the parameter list of EVP_MAC_init(3), which Swift cannot write.
/// Returns 1, or 0 when libcrypto refuses. A NULL key would mean "the key that is there already".
static inline int copenssl_hmac_sha256_set_key(EVP_MAC_CTX *context, const void *key, size_t length) {
    OSSL_PARAM parameters[] = {
        OSSL_PARAM_construct_utf8_string(OSSL_MAC_PARAM_DIGEST, (char *)"SHA256", 0),
        OSSL_PARAM_construct_end(),
    };
    return EVP_MAC_init(context, (const unsigned char *)key, length, parameters);
}

#endif
