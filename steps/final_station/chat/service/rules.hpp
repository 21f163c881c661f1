// Who may do what: for each command a table of gates, asked in this order; the first that denies is the answer. What
// gates look at is made of the state in memory before (the services do), so that a row of a table is a row of a test.
#pragma once

#include <station/ledger/pipeline/pipeline.hpp>

namespace station::chat {

// Of messages.
struct MessageAttempt {
    bool signed_in = false;
    bool member = false;  // of the message's room
    bool exists = false;  // post: its client_message_id was used in the room; others: the message is there
    bool author = false;  // of the one that exists
    bool administrator = false;
    bool deleted = false;
    bool valid_client_message_id = false;
    bool valid_content = false;  // of a boost, too
    int retry_after = 0;         // s until the next may be posted
};
const ledger::Pipeline<MessageAttempt>& rules_to_post();
const ledger::Pipeline<MessageAttempt>& rules_to_edit();
const ledger::Pipeline<MessageAttempt>& rules_to_delete();
const ledger::Pipeline<MessageAttempt>& rules_to_boost();

// Of rooms and who is in them.
struct RoomAttempt {
    bool signed_in = false;
    bool bot = false;
    bool member = false;  // whoever asks; an unknown room has none
    bool creator = false;
    bool administrator = false;
    bool open = false;
    bool direct = false;
    bool oneself = false;      // it is about whoever asks
    bool whom_known = false;   // somebody who is here and active
    bool whom_member = false;  // and in the room
    bool valid_name = false;
    bool valid_type = false;
    bool valid_level = false;
};
const ledger::Pipeline<RoomAttempt>& rules_to_make_room();
const ledger::Pipeline<RoomAttempt>& rules_to_make_direct_room();
const ledger::Pipeline<RoomAttempt>& rules_to_change_room();
const ledger::Pipeline<RoomAttempt>& rules_to_delete_room();
const ledger::Pipeline<RoomAttempt>& rules_to_add_member();
const ledger::Pipeline<RoomAttempt>& rules_to_remove_member();
const ledger::Pipeline<RoomAttempt>& rules_to_be_involved();

// Of accounts.
struct AccountAttempt {
    bool signed_in = false;
    bool administrator = false;
    bool oneself = false;
    bool known = false;  // whom it is about
    bool bot = false;    // whom it is about is one
    bool right_code = false;
    bool right_password = false;  // it is the one that was checked
    bool set_up = false;
    bool login_free = false;
    bool valid_name = false;
    bool valid_login = false;
    bool valid_password = false;
    bool valid_role = false;
    bool valid_webhook = false;
    bool last_administrator = false;  // and would not be one any more
};
const ledger::Pipeline<AccountAttempt>& rules_to_set_up();
const ledger::Pipeline<AccountAttempt>& rules_to_join();
const ledger::Pipeline<AccountAttempt>& rules_to_sign_in();
const ledger::Pipeline<AccountAttempt>& rules_to_use_code();
const ledger::Pipeline<AccountAttempt>& rules_to_sign_out();
const ledger::Pipeline<AccountAttempt>& rules_to_change_oneself();
const ledger::Pipeline<AccountAttempt>& rules_to_change_role();
const ledger::Pipeline<AccountAttempt>& rules_to_change_active();
const ledger::Pipeline<AccountAttempt>& rules_to_make_code();
const ledger::Pipeline<AccountAttempt>& rules_to_renew_join_code();
const ledger::Pipeline<AccountAttempt>& rules_to_make_bot();
const ledger::Pipeline<AccountAttempt>& rules_to_change_bot();

}  // namespace station::chat
