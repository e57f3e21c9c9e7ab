#ifndef PROTOGRAPH_SRC_JOBS_SETTINGS_FILE_H_
#define PROTOGRAPH_SRC_JOBS_SETTINGS_FILE_H_

// A worker's configuration file.

#include <functional>
#include <map>
#include <string>
#include <vector>

#include "jobs/setting_list.h"

namespace protograph::internal {

// The values of one setting in one place.
struct Given {
  // "the flag --threads".
  std::string where;
  std::vector<std::string> values;
};

// By the settings' names.
using Layer = std::map<std::string, Given, std::less<>>;

// What stands in the file `path`. Adds to `faults` what is wrong with it.
Layer ReadFile(const std::string& path, const std::vector<Setting>& settings,
               std::vector<std::string>& faults);

}  // namespace protograph::internal

#endif  // PROTOGRAPH_SRC_JOBS_SETTINGS_FILE_H_
