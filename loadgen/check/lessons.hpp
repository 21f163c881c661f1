// The ten experiments. lesson.cpp picks one by its step and looks after names, repetition and what can't be measured.
#pragma once

#include <loadgen/check/lesson_measure.hpp>
#include <string>

namespace station::lesson {

Lesson one_at_a_time(const Program& program, Context& context);        // 1
Lesson all_at_once(const Program& program, Context& context);          // 2
Lesson every_request_answered(const Program& program, Context& context);  // 3
Lesson everybody_waits(const Program& program, Context& context);      // 4
Lesson overload_is_refused(const Program& program, Context& context);  // 5
Lesson workers_lose_updates(const Program& program, Context& context); // 6
Lesson one_lock(const Program& program, Context& context);             // 7
Lesson many_locks(const Program& program, Context& context);           // 8
Lesson counting_costs(const Program& program, Context& context);       // 9
Lesson drain(const Program& program, Context& context);                // 10

// "5.03", for headlines.
std::string number(double value);

}  // namespace station::lesson
