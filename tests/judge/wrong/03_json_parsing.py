USER = "    if (user == nullptr || user->empty() || user->size() > kMaxUserBytes || has_control_character(*user)) {\n"
ACTION = """    if (action == nullptr || (*action != "buy" && *action != "sell")) return invalid_event(kActionRule);
"""
AMOUNT = "    if (amount == nullptr || *amount < 1 || *amount > kMaxAmount) return invalid_event(kAmountRule);\n"

# What passed once.
wrong("amount-dropped", requirement="kept", cause='"ann buys 5"', why="the amount is looked at, and not taken",
      edits=[("    event.amount = *amount;\n", "")])

# And more of the kind.
wrong("empty-user", requirement="user", cause='parse_event({"user":"","action"', why="an empty user is one",
      edits=[("user->empty() || ", "")])
wrong("user-of-65", requirement="user", cause="a" * 65 + " buys",
      why="a user of 65 bytes is one",
      edits=[("user->size() > kMaxUserBytes", "user->size() > kMaxUserBytes + 1")])
wrong("user-of-63", requirement="user", cause='a","action"', why="a user of 64 bytes is none",
      edits=[("user->size() > kMaxUserBytes", "user->size() >= kMaxUserBytes")])
wrong("user-in-characters", requirement="user", cause="bbbc buys",
      why="the user's characters are counted, not the bytes",
      edits=[("user->size() > kMaxUserBytes", """std::count_if(user->begin(), user->end(), [](char byte) {
            return (byte & 0xC0) != 0x80;
        }) > 64""")])
wrong("signed-characters", requirement="user", cause="Zoë",
      why="a char is signed: what is no ASCII is taken for a control character",
      edits=[(USER, """    if (user == nullptr || user->empty() || user->size() > kMaxUserBytes ||
        std::any_of(user->begin(), user->end(), [](char byte) { return byte < ' '; })) {
""")])
wrong("iscntrl", requirement="user", cause="\x80 buys", why="U+0080 to U+009F are not looked for",
      edits=[(USER, """    if (user == nullptr || user->empty() || user->size() > kMaxUserBytes ||
        std::any_of(user->begin(), user->end(), [](unsigned char byte) { return byte < 0x20 || byte == 0x7F; })) {
""")])
wrong("delete-is-a-letter", requirement="user", cause='"\\x7f buys', why="U+007F is not looked for",
      edits=[(USER, """    const auto is_control = [](unsigned char byte) { return byte < 0x20; };
    if (user == nullptr || user->empty() || user->size() > kMaxUserBytes ||
        std::any_of(user->begin(), user->end(), is_control) ||
        (user->find('\\x7F') == user->npos && has_control_character(*user))) {
""")])
wrong("first-character-only", requirement="user", cause='"an\\x00n buys', why="only the first character is looked at",
      edits=[("has_control_character(*user)", "has_control_character(user->substr(0, 1))")])
wrong("no-control-character", requirement="user", cause='"\\x00 buys', why="control characters are not looked for",
      edits=[(" || has_control_character(*user)", "")])
wrong("user-cut", requirement="user", cause="a" * 64 + " buys",
      why="a user that is too long is cut",
      edits=[(USER, "    if (user != nullptr && user->size() > kMaxUserBytes) user->resize(kMaxUserBytes);\n" + USER)])
wrong("any-action", requirement="action", cause='"action":"Buy"', why="what is not buy is sell",
      edits=[(ACTION, "    if (action == nullptr) return invalid_event(kActionRule);\n")])
wrong("action-by-first-letter", requirement="action", cause='"action":"buy "',
      why="the first letter of the action is looked at",
      edits=[(ACTION, """    if (action == nullptr || action->empty() || ((*action)[0] != 'b' && (*action)[0] != 's')) {
        return invalid_event(kActionRule);
    }
""")])
wrong("action-in-capitals", requirement="action", cause='"action":"BUY"', why="BUY is taken for buy",
      edits=[(ACTION, """    if (action == nullptr || (*action != "buy" && *action != "sell" && *action != "BUY")) {
        return invalid_event(kActionRule);
    }
""")])
wrong("sells-are-buys", requirement="kept", cause='"bob buys 7"', why="whoever sells, buys",
      edits=[("event.action = *action == \"buy\" ? Action::buy : Action::sell;", "event.action = Action::buy;")])
wrong("zero", requirement="amount", cause='parse_event({"user":"ann","action":"buy","amount":0})',
      why="0 is an amount", edits=[("*amount < 1", "*amount < 0")])
wrong("from-two", requirement="amount", cause='parse_event({"user":"ann","action":"buy","amount":1})',
      why="1 is no amount", edits=[("*amount < 1", "*amount <= 1")])
wrong("one-too-much", requirement="amount", cause='"ann buys 1000000000001"', why="the largest amount is one too large",
      edits=[("*amount > kMaxAmount", "*amount > kMaxAmount + 1")])
wrong("largest-is-too-large", requirement="amount", cause='"ann buys 1000000000000"', why="the largest amount is none",
      edits=[("*amount > kMaxAmount", "*amount >= kMaxAmount")])
wrong("32-bits", requirement="kept", cause='"ann buys -727379969"', why="an amount has 32 bits",
      edits=[("event.amount = *amount;", "event.amount = static_cast<std::int32_t>(*amount);")])
wrong("string-of-digits", requirement="amount", cause='"ann buys 1"', why="a string of digits is an amount",
      edits=[("    const auto* const amount = fields.amount",
              """    if (fields.amount && std::holds_alternative<std::string>(*fields.amount)) {
        const std::string digits = std::get<std::string>(*fields.amount);
        fields.amount = FieldValue{std::int64_t{std::atoll(digits.c_str())}};
    }
    const auto* const amount = fields.amount""")])
wrong("amount-looked-at-first", requirement="first-rule", cause='parse_event({"user":"ann","action":5,"amount":0})',
      why="the amount is looked at before the action",
      edits=[(ACTION, """\
    const auto* const first = fields.amount ? std::get_if<std::int64_t>(&*fields.amount) : nullptr;
    if (first == nullptr || *first < 1 || *first > kMaxAmount) return invalid_event(kAmountRule);
""" + ACTION)])
wrong("action-looked-at-first", requirement="first-rule", cause="parse_event({})",
      why="the action is looked at before the user",
      edits=[("    auto* const user = valid_user(fields.user);\n"
              "    if (user == nullptr) return invalid_event(kUserRule);\n    event.user",
              "    if (!fields.action) return invalid_event(kActionRule);\n"
              "    auto* const user = valid_user(fields.user);\n"
              "    if (user == nullptr) return invalid_event(kUserRule);\n    event.user")])
wrong("one-rule-for-all", requirement="first-rule", cause='"amount":null', why="the same is said, whatever is wrong",
      edits=[(AMOUNT, AMOUNT.replace("kAmountRule", "kUserRule"))])
wrong("user-moved-and-gone", requirement="kept", cause='parse_event({"user":"ann","action":"buy","amount":5})',
      why="the user is not taken",
      edits=[("    event.user = std::move(*user);\n", "")])
