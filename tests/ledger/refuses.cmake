# cmake -DCXX=… -DINCLUDE=… -DFILE=… -P refuses.cmake
# A program that must not compile: the compiler says what its first line wants, and with CONTROL, which puts the one wrong
# line right, it compiles.
file(STRINGS "${FILE}" first_line LIMIT_COUNT 1)
if(NOT first_line MATCHES "^// says: (.+)$")
  message(FATAL_ERROR "${FILE} begins with what the compiler is to say")
endif()
set(words "${CMAKE_MATCH_1}")

set(compile "${CXX}" -std=c++20 -fsyntax-only -Wall -Wextra -Werror "-I${INCLUDE}")
if(CXX MATCHES clang)
  list(APPEND compile -Wconsumed)
endif()
execute_process(COMMAND ${compile} -DCONTROL "${FILE}" ERROR_VARIABLE said RESULT_VARIABLE status)
if(NOT status EQUAL 0)
  message(FATAL_ERROR "the right program does not compile:\n${said}")
endif()
execute_process(COMMAND ${compile} "${FILE}" ERROR_VARIABLE said RESULT_VARIABLE status)
if(status EQUAL 0)
  message(FATAL_ERROR "it compiles, and must not: ${FILE}")
endif()
if(NOT said MATCHES "${words}")
  message(FATAL_ERROR "the compiler does not say \"${words}\":\n${said}")
endif()
