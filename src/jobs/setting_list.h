#ifndef PROTOGRAPH_SRC_JOBS_SETTING_LIST_H_
#define PROTOGRAPH_SRC_JOBS_SETTING_LIST_H_

// What can be set of a worker as a program.

#include <functional>
#include <string>
#include <vector>

#include "jobs/worker_settings.h"

namespace protograph::internal {

struct Setting {
  // As the flag has it, without its dashes, and the file.
  std::string name;
  std::string placeholder;
  std::string help;
  // What a value may be: "a whole number from 1 to 4096".
  std::string allowed;
  // Takes one value; whether that is sound.
  std::function<bool(const std::string& value, WorkerSettings& settings)> set;
  std::function<std::string(const WorkerSettings& settings)> show;
  // Not empty: may be given several times; makes room for the first of them.
  std::function<void(WorkerSettings& settings)> clear = {};
  // Its values are not repeated in messages.
  bool is_secret = false;
};

// In the order in which people are shown them. `loads_graphs`: with that of graph libraries.
std::vector<Setting> AllSettings(bool loads_graphs);

}  // namespace protograph::internal

#endif  // PROTOGRAPH_SRC_JOBS_SETTING_LIST_H_
