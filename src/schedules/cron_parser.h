#ifndef PROTOGRAPH_SRC_SCHEDULES_CRON_PARSER_H_
#define PROTOGRAPH_SRC_SCHEDULES_CRON_PARSER_H_

#include <cstddef>
#include <string_view>

#include "absl/status/statusor.h"
#include "schedules/cron_fields.h"

namespace protograph::internal {

constexpr size_t kMaxCronLength = 512;

// Reads an expression as CronExpression describes them. Whether it can ever fire is not asked here.
absl::StatusOr<CronFields> ParseCron(std::string_view text);

}  // namespace protograph::internal

#endif  // PROTOGRAPH_SRC_SCHEDULES_CRON_PARSER_H_
