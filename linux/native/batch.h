/* Many datagrams, or a keyed hash, in one call: what signalling does most. */
#ifndef ROAMSTEAD_BATCH_H
#define ROAMSTEAD_BATCH_H

#include <node_api.h>

napi_value RecvMMsg(napi_env, napi_callback_info);
napi_value SendMMsg(napi_env, napi_callback_info);
napi_value HmacSha1(napi_env, napi_callback_info);

#endif
