#include "web_calls.hpp"

#include <curl/curl.h>
#include <sys/socket.h>
#include <unistd.h>

#include <algorithm>
#include <new>
#include <station/base/text.hpp>
#include <utility>

#include "addresses.hpp"

namespace station::chat {
namespace {

constexpr int kLongestWait = 1000;  // ms

struct EndsEasy {
    void operator()(CURL* easy) const { curl_easy_cleanup(easy); }
};
struct EndsMulti {
    void operator()(CURLM* multi) const { curl_multi_cleanup(multi); }
};
struct EndsList {
    void operator()(curl_slist* list) const { curl_slist_free_all(list); }
};

// Once a process: the first of several threads does it, and the others wait.
void begin_curl() {
    static const CURLcode begun = curl_global_init(CURL_GLOBAL_DEFAULT);
    (void)begun;
}

bool is_text(const char* content_type) {
    if (content_type == nullptr) return false;
    const std::string_view type{content_type};
    const std::string name = base::lower(base::trim(type.substr(0, type.find(';'))));
    return name == "text/plain" || name == "text/html";
}

}  // namespace

struct WebCalls::Call {
    std::uint64_t number = 0;
    bool allow_private = false;
    bool was_refused = false;
    bool is_too_long = false;
    std::string body;
    std::string reply = {};
    std::unique_ptr<curl_slist, EndsList> headers = nullptr;
    std::unique_ptr<CURL, EndsEasy> easy = nullptr;

    // Called with the very address that would be connected to, whatever a name stood for before.
    static curl_socket_t open_socket(void* its, curlsocktype, curl_sockaddr* address) {
        Call& call = *static_cast<Call*>(its);
        if (!call.allow_private && (!is_public(address->addr) || is_of_this_machine(address->addr))) {
            call.was_refused = true;
            return CURL_SOCKET_BAD;
        }
        return ::socket(address->family, address->socktype | SOCK_CLOEXEC, address->protocol);
    }
    static std::size_t take(const char* bytes, std::size_t, std::size_t size, void* its) {
        Call& call = *static_cast<Call*>(its);
        if (call.reply.size() + size > kMostOfReply) {
            call.is_too_long = true;
            return 0;
        }
        call.reply.append(bytes, size);
        return size;
    }
    bool prepare(const std::string& url, std::chrono::milliseconds patience);
};

bool WebCalls::Call::prepare(const std::string& url, std::chrono::milliseconds patience) {
    easy.reset(curl_easy_init());
    headers.reset(curl_slist_append(nullptr, "Content-Type: application/json"));
    if (easy == nullptr || headers == nullptr) return false;
    bool is_set = true;
    const auto set = [&](CURLoption option, auto value) {
        is_set = is_set && curl_easy_setopt(easy.get(), option, value) == CURLE_OK;
    };
    set(CURLOPT_URL, url.c_str());
    set(CURLOPT_PROTOCOLS_STR, "http,https");
    set(CURLOPT_PROXY, "");
    set(CURLOPT_NETRC, static_cast<long>(CURL_NETRC_IGNORED));
    set(CURLOPT_FOLLOWLOCATION, 0L);
    set(CURLOPT_HTTPHEADER, headers.get());
    set(CURLOPT_USERAGENT, "Station");
    set(CURLOPT_POSTFIELDS, body.c_str());
    set(CURLOPT_POSTFIELDSIZE, static_cast<long>(body.size()));
    set(CURLOPT_TIMEOUT_MS, static_cast<long>(patience.count()));
    set(CURLOPT_NOSIGNAL, 1L);
    set(CURLOPT_QUICK_EXIT, 1L);  // a name that takes minutes to look up holds nobody up
    set(CURLOPT_OPENSOCKETFUNCTION, &Call::open_socket);
    set(CURLOPT_OPENSOCKETDATA, static_cast<void*>(this));
    set(CURLOPT_WRITEFUNCTION, &Call::take);
    set(CURLOPT_WRITEDATA, static_cast<void*>(this));
    set(CURLOPT_PRIVATE, static_cast<void*>(this));
    return is_set;
}

struct WebCalls::Impl {
    bool allow_private;
    std::chrono::milliseconds patience;
    std::unique_ptr<CURLM, EndsMulti> multi;
    std::vector<std::unique_ptr<Call>> calls = {};

    Ended ended(Call& call, CURLcode result) const;
    void forget(Call& call) {
        curl_multi_remove_handle(multi.get(), call.easy.get());
        std::erase_if(calls, [&](const auto& one) { return one.get() == &call; });
    }
};

WebCalls::Ended WebCalls::Impl::ended(Call& call, CURLcode result) const {
    Ended ended{call.number};
    if (call.was_refused && result != CURLE_OK) {
        ended.problem = "it leads to this machine or into a private network: see --allow-private-webhooks";
    } else if (call.is_too_long) {
        ended.problem = "its answer is longer than " + std::to_string(kMostOfReply) + " bytes";
    } else if (result != CURLE_OK) {
        ended.problem = curl_easy_strerror(result);
    } else {
        long status = 0;
        const char* type = nullptr;
        curl_easy_getinfo(call.easy.get(), CURLINFO_RESPONSE_CODE, &status);
        curl_easy_getinfo(call.easy.get(), CURLINFO_CONTENT_TYPE, &type);
        if (status < 200 || status > 299) {
            ended.problem = "it answered " + std::to_string(status);
        } else if (is_text(type)) {
            ended.text = std::move(call.reply);
        }
    }
    return ended;
}

WebCalls::WebCalls(bool allow_private, std::chrono::milliseconds patience)
    : impl_((begin_curl(), new Impl{allow_private, patience, {curl_multi_init(), {}}})) {
    if (impl_->multi == nullptr) throw std::bad_alloc{};
}

WebCalls::~WebCalls() {
    while (!impl_->calls.empty()) impl_->forget(*impl_->calls.back());
}

bool WebCalls::begin(std::uint64_t number, const std::string& url, std::string body) {
    auto call = std::make_unique<Call>();
    call->number = number;
    call->allow_private = impl_->allow_private;
    call->body = std::move(body);
    if (!call->prepare(url, impl_->patience)) return false;
    if (curl_multi_add_handle(impl_->multi.get(), call->easy.get()) != CURLM_OK) return false;
    impl_->calls.push_back(std::move(call));
    return true;
}

std::vector<WebCalls::Ended> WebCalls::go_on() {
    std::vector<Ended> all;
    int running = 0;
    curl_multi_perform(impl_->multi.get(), &running);
    int more = 0;
    while (const CURLMsg* const message = curl_multi_info_read(impl_->multi.get(), &more)) {
        if (message->msg != CURLMSG_DONE) continue;
        const CURLcode result = message->data.result;
        void* its = nullptr;
        curl_easy_getinfo(message->easy_handle, CURLINFO_PRIVATE, &its);
        Call& call = *static_cast<Call*>(its);
        all.push_back(impl_->ended(call, result));
        impl_->forget(call);
    }
    if (all.empty()) curl_multi_poll(impl_->multi.get(), nullptr, 0, kLongestWait, nullptr);
    return all;
}

void WebCalls::wake_up() { curl_multi_wakeup(impl_->multi.get()); }

}  // namespace station::chat
