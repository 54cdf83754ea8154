#pragma once

#include "aws/credentials_source.hpp"
#include "aws/http_client.hpp"

namespace aiokpl::aws {

/// Makes calls with a client and a connection for each: they are rare, and each to another service. `options` tells of
/// certificates and proxies; its limits are replaced: a call takes no longer than the request's timeout, its answer is
/// at most 1 MiB, and redirections are answers like others. Any thread, several at a time. The calling thread should
/// block SIGPIPE where libcurl is older than 7.87.
[[nodiscard]] WebCall make_web_call(HttpOptions options);

}  // namespace aiokpl::aws
