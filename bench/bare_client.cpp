// libcurl and nothing else: the memory of a program that made one TLS request, and how long the server's own answers
// take. Usage: bench_client URL CA_FILE STREAM [REQUESTS [BYTES]]; JSON on stdout.
#include <algorithm>
#include <cstdio>
#include <cstdlib>
#include <fstream>
#include <memory>
#include <stdexcept>
#include <string>
#include <vector>

#include <curl/curl.h>

namespace {

using Handle = std::unique_ptr<CURL, void (*)(CURL*)>;
using Headers = std::unique_ptr<curl_slist, void (*)(curl_slist*)>;

void require(CURLcode code) {
  if (code != CURLE_OK) throw std::runtime_error{curl_easy_strerror(code)};
}

unsigned long resident_kib() {
  std::ifstream in{"/proc/self/status"};
  for (std::string line; std::getline(in, line);) {
    if (line.starts_with("VmRSS:")) return std::stoul(line.substr(6));
  }
  return 0;
}

void run(const char* url, const char* ca_file, const std::string& stream, unsigned long requests, std::size_t bytes) {
  const std::string body = R"({"StreamName":")" + stream + R"(","Records":[{"PartitionKey":"key","Data":")" +
                           std::string(bytes / 3 * 4 + 4, 'A') + "\"}]}";
  const Handle curl{curl_easy_init(), curl_easy_cleanup};
  Headers headers{curl_slist_append(nullptr, "X-Amz-Target: Kinesis_20131202.PutRecords"), curl_slist_free_all};
  headers.reset(curl_slist_append(headers.release(), "Content-Type: application/x-amz-json-1.1"));
  headers.reset(curl_slist_append(headers.release(), "Expect:"));
  require(curl_easy_setopt(curl.get(), CURLOPT_URL, url));
  require(curl_easy_setopt(curl.get(), CURLOPT_CAINFO, ca_file));
  require(curl_easy_setopt(curl.get(), CURLOPT_HTTPHEADER, headers.get()));
  require(curl_easy_setopt(curl.get(), CURLOPT_POSTFIELDS, body.c_str()));
  require(curl_easy_setopt(curl.get(), CURLOPT_TIMEOUT_MS, 20'000L));
  require(curl_easy_setopt(curl.get(), CURLOPT_FAILONERROR, 1L));
  require(curl_easy_setopt(
      curl.get(), CURLOPT_WRITEFUNCTION,
      +[](char*, std::size_t size, std::size_t count, void*) -> std::size_t { return size * count; }));
  std::vector<double> times;
  for (unsigned long i = 0; i < requests; ++i) {
    require(curl_easy_perform(curl.get()));
    double seconds = 0;
    require(curl_easy_getinfo(curl.get(), CURLINFO_TOTAL_TIME, &seconds));
    times.push_back(seconds * 1e3);
  }
  const unsigned long rss = resident_kib() * 1024;
  // The first one made the connection.
  if (times.size() > 1) times.erase(times.begin());
  std::ranges::sort(times);
  std::printf("{\"rss\": %lu, \"p50_ms\": %.3f, \"p99_ms\": %.3f}\n", rss, times[times.size() / 2],
              times[(times.size() - 1) * 99 / 100]);
}

}  // namespace

int main(int argc, char** argv) try {
  if (argc < 4) throw std::runtime_error{"usage: bench_client URL CA_FILE STREAM [REQUESTS [BYTES]]"};
  run(argv[1], argv[2], argv[3], argc > 4 ? std::max(1UL, std::strtoul(argv[4], nullptr, 10)) : 1,
      argc > 5 ? std::strtoul(argv[5], nullptr, 10) : 200);
  return 0;
} catch (const std::exception& error) {
  std::fprintf(stderr, "bench_client: %s\n", error.what());
  return 1;
}
