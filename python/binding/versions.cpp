#include "versions.hpp"

#include <curl/curl.h>
#include <openssl/crypto.h>

namespace aiokpl::python {

void bind_versions(nb::module_& module) {
  module.def("library_versions", [] {
    return nb::make_tuple(nb::make_tuple("libcurl", curl_version_info(CURLVERSION_NOW)->version),
                          nb::make_tuple("OpenSSL", OpenSSL_version(OPENSSL_VERSION_STRING)));
  });
}

}  // namespace aiokpl::python
