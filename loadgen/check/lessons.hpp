// The experiments. Each fills in the headline, the findings, the figures and the commands of its lesson, findings as
// soon as they are known: where it can't go on (CannotMeasure), what was found so far stays.
#pragma once

#include <loadgen/check/lesson_measure.hpp>
#include <string>

namespace station::lesson {

void one_at_a_time(Lesson& lesson, const Program& program, Context& context);        // 1
void all_at_once(Lesson& lesson, const Program& program, Context& context);          // 2
void every_request_answered(Lesson& lesson, const Program& program, Context& context);  // 3
void everybody_waits(Lesson& lesson, const Program& program, Context& context);      // 4
void overload_is_refused(Lesson& lesson, const Program& program, Context& context);  // 5
void workers_lose_updates(Lesson& lesson, const Program& program, Context& context); // 6
void one_lock(Lesson& lesson, const Program& program, Context& context);             // 7
void many_locks(Lesson& lesson, const Program& program, Context& context);           // 8
void counting_costs(Lesson& lesson, const Program& program, Context& context);       // 9
void drain(Lesson& lesson, const Program& program, Context& context);                // 10
void durable_station(Lesson& lesson, const Program& program, Context& context);      // the last step

// "5.03", for headlines.
std::string number(double value);

}  // namespace station::lesson
