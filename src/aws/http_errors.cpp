#include <cerrno>
#include <system_error>

#include <fcntl.h>
#include <unistd.h>

#include "aws/http_transfer.hpp"

/// What libcurl's codes mean to a producer.
namespace aiokpl::aws {
namespace {

long system_error_of(CURL* easy) {
  long number = 0;
  curl_easy_getinfo(easy, CURLINFO_OS_ERRNO, &number);
  return number;
}

/// Whether so many files more cannot be opened.
bool lacks_descriptors(int wanted) {
  const int probe = open("/dev/null", O_RDONLY | O_CLOEXEC);
  if (probe < 0) return errno == EMFILE || errno == ENFILE;
  const bool lacking = wanted > 1 && lacks_descriptors(wanted - 1);
  close(probe);
  return lacking;
}

/// libcurl says only that it could not connect, look up a name or read a file when there is no descriptor left for it.
bool out_of_descriptors(CURL* easy, int wanted = 1) {
  const long number = system_error_of(easy);
  return number == EMFILE || number == ENFILE || lacks_descriptors(wanted);
}

}  // namespace

HttpError Transfer::classify(CURLcode result) const {
  if (proxy_refused(result)) return HttpError::connect;
  switch (result) {
    case CURLE_OK:
      // libcurl is content with headers that end where the connection does.
      return head_is_whole_ ? HttpError::none : HttpError::reset;
    case CURLE_COULDNT_RESOLVE_HOST:
    case CURLE_COULDNT_RESOLVE_PROXY:
      return out_of_descriptors(handle()) ? HttpError::too_many_files : HttpError::resolve;
    case CURLE_COULDNT_CONNECT:
    case CURLE_PROXY:
      return out_of_descriptors(handle()) ? HttpError::too_many_files : HttpError::connect;
    case CURLE_OPERATION_TIMEDOUT:
      return connected_ ? HttpError::timeout : HttpError::connect_timeout;
    case CURLE_SSL_CACERT_BADFILE:
      // The file was wanted while the connection was open, which libcurl has closed since.
      return out_of_descriptors(handle(), 2) ? HttpError::too_many_files : HttpError::tls;
    case CURLE_SSL_CONNECT_ERROR:
    case CURLE_PEER_FAILED_VERIFICATION:
    case CURLE_SSL_CERTPROBLEM:
    case CURLE_SSL_CIPHER:
    case CURLE_SSL_ISSUER_ERROR:
    case CURLE_SSL_CRL_BADFILE:
    case CURLE_SSL_INVALIDCERTSTATUS:
    case CURLE_SSL_ENGINE_INITFAILED:
    case CURLE_USE_SSL_FAILED:
      return HttpError::tls;
    case CURLE_SEND_ERROR:
    case CURLE_RECV_ERROR:
    case CURLE_GOT_NOTHING:
    case CURLE_PARTIAL_FILE:
    case CURLE_SEND_FAIL_REWIND:
    case CURLE_ABORTED_BY_CALLBACK:
      return HttpError::reset;
    default:
      return HttpError::other;
  }
}

std::string Transfer::explain(HttpError error, CURLcode result) const {
  const std::string& where = target_.host_and_port;
  const std::string words = error_text_[0] != '\0' ? std::string{error_text_.data()} : curl_easy_strerror(result);
  switch (error) {
    case HttpError::none:
      return {};
    case HttpError::resolve:
      if (target_.proxy == nullptr) return "cannot look up the name of " + where + ": " + words;
      return "cannot look up the name of the proxy " + target_.proxy->host_and_port() + ": " + words;
    case HttpError::connect:
      return proxy_refused(result) ? explain_refusal() : explain_connect(words);
    case HttpError::connect_timeout:
      return "no connection to " + where + " within " +
             std::to_string(std::chrono::ceil<std::chrono::milliseconds>(options_.connect_timeout).count()) + " ms" +
             by_way_of();
    case HttpError::too_many_files:
      return "cannot connect to " + where + ": this process has too many open files";
    case HttpError::tls:
      return explain_tls(result, words) + by_way_of();
    case HttpError::reset:
      return "the connection to " + where + " was closed while in use" + by_way_of();
    case HttpError::timeout:
    case HttpError::other:
      break;
  }
  if (response_too_large_) {
    return "the answer of " + where + " is larger than " + std::to_string(options_.max_response_size) + " bytes";
  }
  return "the request to " + where + " failed: " + words + by_way_of();
}

std::string Transfer::explain_connect(const std::string& words) const {
  const long number = system_error_of(handle());
  const std::string reason = number != 0 ? std::system_category().message(static_cast<int>(number)) : words;
  if (target_.proxy == nullptr) return "cannot connect to " + target_.host_and_port + ": " + reason;
  const std::string proxy = "the proxy " + target_.proxy->host_and_port();
  return number == ECONNREFUSED ? proxy + " refused the connection" : "cannot connect to " + proxy + ": " + reason;
}

std::string Transfer::by_way_of() const {
  return target_.proxy == nullptr ? std::string{} : ", through the proxy " + target_.proxy->host_and_port();
}

}  // namespace aiokpl::aws
