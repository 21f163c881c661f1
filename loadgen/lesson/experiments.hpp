// The experiments. Each fills in the headline, the findings, the figures and the commands of its lesson, findings as
// soon as they are known: where it can't go on (CannotMeasure), what was found so far stays.
#pragma once

#include <loadgen/lesson/measure.hpp>
#include <string>

namespace station::lesson {

void one_at_a_time(Lesson& lesson, const Program& program, Context& context);           // 1
void all_at_once(Lesson& lesson, const Program& program, Context& context);             // 2
void every_request_answered(Lesson& lesson, const Program& program, Context& context);  // 3
void everybody_waits(Lesson& lesson, const Program& program, Context& context);         // 4
void overload_is_refused(Lesson& lesson, const Program& program, Context& context);     // 5
void workers_lose_updates(Lesson& lesson, const Program& program, Context& context);    // 6
void one_lock(Lesson& lesson, const Program& program, Context& context);                // 7
void many_locks(Lesson& lesson, const Program& program, Context& context);              // 8
void counting_costs(Lesson& lesson, const Program& program, Context& context);          // 9
void drain(Lesson& lesson, const Program& program, Context& context);                   // 10
void durable_station(Lesson& lesson, const Program& program, Context& context);         // the last step

// Parts of some of them.

// Step 4: the work is done, what is refused changes nothing, the last line counts.
void judge_task(Lesson& lesson, const Program& program, Context& context);
// Steps 5 and 6: what was accepted is processed, each event once, also when the load has ended.
void judge_ledger(Lesson& lesson, const Program& program, Context& context, const std::string& catches_up,
                  const std::string& each_once);
// Steps 1 and 2: the descriptors of clients that have left are free again.
void judge_descriptors(Lesson& lesson, const Program& program, Context& context, const std::string& id);
// Step 2: clients that come and go leave nothing behind, and a server that ran out of descriptors serves again.
void judge_leavers(Lesson& lesson, const Program& program, Context& context);
// Step 8: replies that are ready out of order are sent in order.
void judge_order(Lesson& lesson, const Program& program, Context& context);
// Step 10: what is told to events that come late, the deadline, the replies that still wait, the last line.
void judge_late_events(Lesson& lesson, const Program& program, Context& context);
// Step 9: the counters say what the clients saw.
void judge_metrics(Lesson& lesson, const Program& program, Context& context);

// "5.03", for headlines.
std::string number(double value);

// What lines and bars are called: those of the program under check, and of a step that it is compared with.
draw::Name under_check(const Program& program, std::string kind = {});
draw::Name neighbour(int step, std::string kind = {});

}  // namespace station::lesson
