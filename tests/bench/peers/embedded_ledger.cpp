#include <station/ledger/store/store.hpp>
#include <station/ledger/wire/json.hpp>
#include <stdexcept>
#include <vector>

#include "embedded.hpp"

namespace station::peers {
namespace {

constexpr ledger::EventKind kKind = ledger::EventKind::custom(1, 1);

template <typename T>
T or_throw(ledger::Result<T> result) {
    if (!result) throw std::runtime_error{result.error().message()};
    return std::move(*result);
}

class LedgerStore final : public Embedded {
  public:
    LedgerStore(const std::string& folder, std::size_t streams, std::size_t size)
        : store_(or_throw(ledger::Store::open({.dir = folder}))), json_{json_payload(size)} {
        for (std::size_t i = 0; i < streams; ++i) {
            coordinates_.push_back(or_throw(ledger::Coordinate::make(stream_name(i), "bank")));
        }
    }

    void append(std::size_t stream, std::uint64_t version) override {
        or_throw(store_.append(coordinates_[stream], kKind, json_, {.expect = expect(version)}));
    }

    void start(std::size_t stream, std::uint64_t version, std::function<void(bool)> done) override {
        const auto payload = ledger::PayloadOf<ledger::JsonText>::encode(json_);
        store_.start_append(
            coordinates_[stream], kKind, payload, {.expect = expect(version)},
            [done = std::move(done)](const ledger::Result<ledger::AppendReceipt>& receipt, bool) {
                done(receipt.has_value());
            });
    }

    std::uint64_t stored() override { return store_.size(); }

  private:
    static ledger::Expect expect(std::uint64_t version) {
        return version == 0 ? ledger::Expect::none() : ledger::Expect::exactly(version - 1);
    }

    ledger::Store store_;
    const ledger::JsonText json_;
    std::vector<ledger::Coordinate> coordinates_;
};

}  // namespace

std::unique_ptr<Embedded> make_ledger(const std::string& folder, std::size_t streams, std::size_t size) {
    return std::make_unique<LedgerStore>(folder, streams, size);
}

}  // namespace station::peers
