#ifndef PROTOGRAPH_SRC_SCHEDULES_CRON_WORDS_H_
#define PROTOGRAPH_SRC_SCHEDULES_CRON_WORDS_H_

#include <string>

#include "schedules/cron_fields.h"

namespace protograph::internal {

// What the fields mean, in English. Fields that mean different seconds are said in different words.
std::string DescribeCron(const CronFields& fields);

}  // namespace protograph::internal

#endif  // PROTOGRAPH_SRC_SCHEDULES_CRON_WORDS_H_
