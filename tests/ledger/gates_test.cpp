#include <catch.hpp>
#include <memory>
#include <optional>
#include <station/ledger/pipeline/pipeline.hpp>
#include <string>
#include <system_error>
#include <type_traits>
#include <utility>
#include <vector>

using namespace station::ledger;

namespace {

struct Transfer {
    int cents = 0;
    int balance = 0;
};

std::vector<std::string> asked;

Gate<Transfer> positive() {
    return {"positive", [](const Transfer& it) -> std::optional<Denial> {
                asked.emplace_back("positive");
                if (it.cents > 0) return std::nullopt;
                return Denial{"not_positive", "nothing to move"};
            }};
}

Gate<Transfer> no_overdraft() {
    return {"no_overdraft",
            [](const Transfer& it) -> std::optional<Denial> {
                asked.emplace_back("no_overdraft");
                if (it.cents <= it.balance && it.balance > 0) return std::nullopt;
                return Denial{"overdraft", "more than there is"}
                    .with("cents", std::to_string(it.cents))
                    .with("balance", std::to_string(it.balance));
            },
            "an account does not owe"};
}

GateSet<Transfer> both() {
    asked.clear();
    GateSet<Transfer> gates;
    gates.add(positive()).add(no_overdraft());
    return gates;
}

Result<Committed<int>> written(int cents) { return Committed<int>{cents, {}, 7, {}}; }

}  // namespace

TEST_CASE("the first gate that denies is the one that says why, and the others are not asked") {
    const GateSet<Transfer> gates = both();
    const auto denied = gates.evaluate({-5, 0}, Proposal{-5});
    REQUIRE_FALSE(denied);
    CHECK(denied.error().gate == "positive");
    CHECK(denied.error().code == "not_positive");
    CHECK(asked == std::vector<std::string>{"positive"});
    CHECK(gates.evaluate({5, 3}, Proposal{5}).error().to_text() ==
          "[no_overdraft] more than there is (cents=5, balance=3)");
    CHECK(gates.evaluate({0, 3}, Proposal{0}).error().to_text() == "[positive] nothing to move");
}

TEST_CASE("all gates can be asked, to show what each would say") {
    const Pipeline<Transfer> pipeline{both()};
    const std::vector<Denial> denials = pipeline.evaluate_all({-5, 0});
    REQUIRE(denials.size() == 2);
    CHECK(denials[0].gate == "positive");
    CHECK(denials[1].gate == "no_overdraft");
    CHECK(pipeline.evaluate_all({1, 1}).empty());
    CHECK(pipeline.gates().names() == std::vector<std::string>{"positive", "no_overdraft"});
    CHECK(pipeline.gates().size() == 2);
    CHECK(GateSet<Transfer>{}.empty());
    CHECK(no_overdraft().description() == "an account does not owe");
}

TEST_CASE("a denial bears the name of the gate that made it, whatever it says itself") {
    GateSet<int> gates;
    gates.add({"mine", [](const int&) -> std::optional<Denial> { return Denial{"no", "no", {}, "another's"}; }});
    CHECK(gates.evaluate(1, Proposal{1}).error().gate == "mine");
    CHECK(gates.evaluate_all(1).front().gate == "mine");
}

TEST_CASE("what passed all gates is committed, with the payload that they saw") {
    const Pipeline<Transfer> pipeline{both()};
    Receipt<int> receipt = pipeline.evaluate({5, 9}, Proposal{5}).value();
    CHECK(receipt.payload() == 5);
    CHECK(receipt.gates_passed() == std::vector<std::string>{"positive", "no_overdraft"});
    CHECK_FALSE(receipt.is_spent());
    const auto committed = pipeline.commit(std::move(receipt), written);
    REQUIRE(committed);
    CHECK(committed->payload == 5);
    CHECK(committed->sequence == 7);
    static_assert(!std::is_copy_constructible_v<Receipt<int>> && !std::is_copy_assignable_v<Receipt<int>>);
    static_assert(!std::is_copy_constructible_v<BypassReceipt<int>> && !std::is_copy_assignable_v<BypassReceipt<int>>);
    static_assert(std::is_same_v<decltype(receipt.payload()), const int&>);
}

// In an expected, where clang's analysis does not follow it.
TEST_CASE("a receipt is spent once") {
    const Pipeline<Transfer> pipeline{both()};
    int writes = 0;
    const auto write = [&](int cents) { return ++writes, written(cents); };

    auto passed = pipeline.evaluate({5, 9}, Proposal{5});
    CHECK(pipeline.commit(std::move(*passed), write));
    CHECK(passed->is_spent());
    const auto again = pipeline.commit(std::move(*passed), write);
    REQUIRE_FALSE(again);
    CHECK(again.error().code == Errc::receipt_spent);
    CHECK(again.error().message() == "receipt: this receipt was spent before; ask the gates again");

    // Moved from is spent; what it was moved to is not.
    auto second = pipeline.evaluate({5, 9}, Proposal{5});
    std::vector<Receipt<int>> kept;
    kept.push_back(std::move(*second));
    CHECK(second->is_spent());
    CHECK(pipeline.commit(std::move(*second), write).error().code == Errc::receipt_spent);
    kept.push_back(pipeline.evaluate({6, 9}, Proposal{6}).value());
    kept[0] = std::move(kept[1]);
    CHECK(kept[1].is_spent());
    CHECK(pipeline.commit(std::move(kept[0]), write).value().payload == 6);

    // So is one whose commit failed.
    auto third = pipeline.evaluate({5, 9}, Proposal{5});
    const auto fails = [](int) -> Result<Committed<int>> { return failed(Errc::closed); };
    CHECK(pipeline.commit(std::move(*third), fails).error().code == Errc::closed);
    CHECK(pipeline.commit(std::move(*third), write).error().code == Errc::receipt_spent);
    CHECK(writes == 2);
}

TEST_CASE("a receipt of other gates is no good") {
    GateSet<Transfer> gates = both();
    const Pipeline<Transfer> pipeline{gates};
    const auto refused = [&](Receipt<int> receipt) {
        const auto result = pipeline.commit(std::move(receipt), written);
        return !result && result.error().code == Errc::foreign_receipt;
    };
    CHECK(refused(GateSet<Transfer>{}.evaluate({5, 0}, Proposal{5}).value()));
    CHECK(refused(Pipeline<int>{GateSet<int>{}}.evaluate(0, Proposal{5}).value()));
    CHECK(refused(both().evaluate({5, 9}, Proposal{5}).value()));

    // The same gates, by another way; and no longer, with one more.
    CHECK_FALSE(refused(gates.evaluate({5, 9}, Proposal{5}).value()));
    const GateSet<Transfer> taken = std::move(gates);
    CHECK_FALSE(refused(taken.evaluate({5, 9}, Proposal{5}).value()));
    CHECK_FALSE(gates.evaluate({5, 0}, Proposal{5}));
    gates.add(positive());
    CHECK(refused(gates.evaluate({5, 9}, Proposal{5}).value()));
}

TEST_CASE("an error of a commit is the product's own") {
    const Pipeline<Transfer> pipeline{both()};
    struct Mine {
        explicit Mine(const Error& error) : words(error.message()) {}
        std::string words;
    };
    auto passed = pipeline.evaluate({5, 9}, Proposal{5});
    const auto in_codes = [](int) -> tl::expected<Committed<int>, std::error_code> {
        return tl::unexpected(make_error_code(Errc::full));
    };
    const auto in_mine = [](int cents) -> tl::expected<Committed<int>, Mine> {
        return Committed<int>{cents, {}, 0, {}};
    };
    CHECK(pipeline.commit(std::move(*passed), in_codes).error() == Errc::full);
    CHECK(pipeline.commit(std::move(*passed), in_codes).error() == Errc::receipt_spent);
    CHECK(pipeline.commit(std::move(*passed), in_mine).error().words ==
          "receipt: this receipt was spent before; ask the gates again");
}

TEST_CASE("a bypass goes past the gates, once, and says who and why to what writes it") {
    const Pipeline<Transfer> pipeline{both()};
    BypassReason seen;
    const auto write = [&](int cents, BypassReason reason) {
        seen = std::move(reason);
        return written(cents);
    };
    std::vector<BypassReceipt<int>> receipts;
    receipts.push_back(pipeline.bypass(Proposal{-5}, "migration", "balances of the old system"));
    CHECK(receipts[0].payload() == -5);
    CHECK(receipts[0].reason().name == "migration");
    CHECK(asked.empty());
    CHECK(pipeline.commit(std::move(receipts[0]), write).value().payload == -5);
    CHECK(seen == BypassReason{"migration", "balances of the old system"});
    CHECK(receipts[0].is_spent());
    CHECK(pipeline.commit(std::move(receipts[0]), write).error().code == Errc::receipt_spent);

    receipts.push_back(pipeline.bypass(Proposal{6}, "a", "b"));
    receipts[0] = std::move(receipts[1]);
    CHECK(receipts[1].is_spent());
    CHECK(pipeline.commit(std::move(receipts[0]), write).value().payload == 6);
}

TEST_CASE("a payload that can't be copied goes through the pipeline") {
    const Pipeline<int> pipeline{GateSet<int>{}};
    auto proposal = Proposal{7}.map([](int cents) { return std::make_unique<int>(cents); });
    CHECK(*proposal.payload() == 7);
    using Owned = std::unique_ptr<int>;
    const auto committed =
        pipeline.commit(pipeline.evaluate(0, std::move(proposal)).value(), [](Owned it) -> Result<Committed<Owned>> {
            return Committed<Owned>{std::move(it), {}, 0, {}};
        });
    CHECK(*committed.value().payload == 7);
}
