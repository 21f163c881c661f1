#include "errors.hpp"

namespace station::final_station {
namespace {

enum Code { kTooManyTopics = 1, kTooManySubscriptions, kServerFull };

class Category : public std::error_category {
  public:
    const char* name() const noexcept override { return "station"; }
    std::string message(int code) const override {
        switch (code) {
            case kTooManyTopics: return "no more topics may be made";
            case kTooManySubscriptions: return "no more subscriptions on this connection";
            default: return "no more subscriptions on this server";
        }
    }
};

const Category kCategory;

}  // namespace

std::error_code too_many_topics() { return {kTooManyTopics, kCategory}; }
std::error_code too_many_subscriptions() { return {kTooManySubscriptions, kCategory}; }
std::error_code too_many_subscriptions_in_all() { return {kServerFull, kCategory}; }

}  // namespace station::final_station
