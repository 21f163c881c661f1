right("early-returns", edits=[
    ("""    auto* const user = field ? std::get_if<std::string>(&*field) : nullptr;
    if (user == nullptr || user->empty() || user->size() > kMaxUserBytes || has_control_character(*user)) {
        return nullptr;
    }
    return user;
""", """    if (!field.has_value()) return nullptr;
    if (!std::holds_alternative<std::string>(*field)) return nullptr;
    std::string& user = std::get<std::string>(*field);
    if (user.length() < 1 || user.length() > 64) return nullptr;
    return has_control_character(user) ? nullptr : &user;
"""),
])

right("byte-by-byte", edits=[
    ("""    for (std::size_t i = 0; i < utf8.size(); ++i) {
        const auto byte = static_cast<unsigned char>(utf8[i]);
        if (byte < 0x20 || byte == 0x7F) return true;
        if (byte == 0xC2 && i + 1 < utf8.size() && static_cast<unsigned char>(utf8[i + 1]) < 0xA0) return true;
    }
    return false;
""", """    int before = 0;
    for (const char character : utf8) {
        const int byte = character & 0xFF;
        if (byte <= 31 || byte == 127 || (before == 0xC2 && byte >= 0x80 && byte <= 0x9F)) return true;
        before = byte;
    }
    return false;
"""),
    ("""    event.action = *action == "buy" ? Action::buy : Action::sell;
""", """    if (*action == "sell") event.action = Action::sell;
    if (*action == "buy") event.action = Action::buy;
"""),
])

right("checked-first-then-taken", edits=[
    ("""    Event event;
    auto* const user = valid_user(fields.user);
    if (user == nullptr) return invalid_event(kUserRule);
    event.user = std::move(*user);

    const auto* const action = fields.action ? std::get_if<std::string>(&*fields.action) : nullptr;
    if (action == nullptr || (*action != "buy" && *action != "sell")) return invalid_event(kActionRule);
    event.action = *action == "buy" ? Action::buy : Action::sell;

    const auto* const amount = fields.amount ? std::get_if<std::int64_t>(&*fields.amount) : nullptr;
    if (amount == nullptr || *amount < 1 || *amount > kMaxAmount) return invalid_event(kAmountRule);
    event.amount = *amount;
    return event;
""", """    const std::string* user = valid_user(fields.user);
    if (!user) return invalid_event(kUserRule);
    const auto is = [&](std::string_view action) {
        return fields.action && std::holds_alternative<std::string>(*fields.action) &&
               std::get<std::string>(*fields.action) == action;
    };
    const bool buys = is("buy");
    if (!buys && !is("sell")) return invalid_event(kActionRule);
    std::int64_t amount = 0;
    if (fields.amount) {
        if (const auto* number = std::get_if<std::int64_t>(&fields.amount.value())) amount = *number;
    }
    if (amount <= 0 || amount > 1'000'000'000'000) return invalid_event(kAmountRule);
    return Event{*user, buys ? Action::buy : Action::sell, amount};
"""),
])
