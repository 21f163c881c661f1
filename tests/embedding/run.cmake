# What the scripts of this folder share: run(COMMAND …) fails with the command's output, which is otherwise in `output`;
# embedding_program(PATH) writes down the program of docs/embedding.md, run_embedding_program(PATH FOLDER) checks it.
function(run)
  execute_process(COMMAND ${ARGN} RESULT_VARIABLE result OUTPUT_VARIABLE output ERROR_VARIABLE output)
  if(NOT result EQUAL 0)
    message(FATAL_ERROR "${ARGN}: ${result}\n${output}")
  endif()
  set(output "${output}" PARENT_SCOPE)
endfunction()

function(expect text pattern)
  if(NOT text MATCHES "${pattern}")
    message(FATAL_ERROR "expected ${pattern}, and it is:\n${text}")
  endif()
endfunction()

function(embedding_program path)
  file(READ "${SOURCE}/docs/embedding.md" page)
  string(REGEX MATCH "```cpp\n(.*)\n```\n\n## What" found "${page}")
  if(NOT found)
    message(FATAL_ERROR "docs/embedding.md has no program")
  endif()
  file(WRITE "${path}" "${CMAKE_MATCH_1}\n")
endfunction()

function(run_embedding_program program folder)
  run("${program}" "${folder}")
  expect("${output}" "^published [0-9a-f-]+ at offset 0\n.*at offset 2\nread cpu=0.79\nread cpu=0.11\n$")
endfunction()
