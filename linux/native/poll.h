/* Waiting until a file descriptor is readable, on Node's own loop. */
#ifndef ROAMSTEAD_POLL_H
#define ROAMSTEAD_POLL_H

#include <node_api.h>

napi_value PollStart(napi_env, napi_callback_info);
napi_value PollStop(napi_env, napi_callback_info);
napi_value PollRef(napi_env, napi_callback_info);

/* Stops the poll of `fd`, if there is one: libuv aborts the process when it meets a closed fd. */
void poll_forget(napi_env, int fd);

/* Once for each environment. Returns 0 without memory. */
int poll_setup(napi_env);

#endif
