#include <station/app/last_words.hpp>
#include <station/app/run.hpp>

#include <atomic>
#include <cstdio>
#include <cstdlib>
#include <exception>
#include <new>
#include <system_error>

namespace station::app {
namespace {

// Never freed: the last words may come while all else is.
const std::string* speaker = nullptr;
std::atomic<int> last_status{kUsageError};

// What std::thread throws says "Resource temporarily unavailable", and not which.
bool is_of_thread(const std::system_error& error) { return error.code() == std::errc::resource_unavailable_try_again; }

[[noreturn]] void end(const char* what) {
    std::fprintf(stderr, "%s: cannot go on: %s\n", speaker->c_str(), what);
    std::_Exit(last_status);
}

[[noreturn]] void speak() {
    try {
        if (const auto thrown = std::current_exception()) std::rethrow_exception(thrown);
    } catch (const std::bad_alloc&) {
        end("there is not enough memory");
    } catch (const std::system_error& error) {
        end(is_of_thread(error) ? "there is no thread to be had, or no memory for its stack" : error.what());
    } catch (const std::exception& error) {
        end(error.what());
    } catch (...) {
        end("something unknown was thrown");
    }
    std::abort();  // a mistake of the program's own, which a core explains
}

}  // namespace

void speak_last_words(const std::string& name) {
    speaker = new std::string{name};
    std::set_terminate(speak);
}

void has_begun() { last_status = kFailure; }

}  // namespace station::app
