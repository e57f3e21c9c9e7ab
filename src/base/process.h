#ifndef PROTOGRAPH_SRC_BASE_PROCESS_H_
#define PROTOGRAPH_SRC_BASE_PROCESS_H_

#include <cstdint>
#include <string>

namespace protograph::internal {

// The host, its boot and the namespace of process numbers: where they are equal, so are processes
// of one number that live at one time. Empty where the system does not tell.
std::string HostIdentity();

int64_t ThisProcessId();

// Whether there is such a process in this one's namespace. True where that cannot be told.
bool MayBeAlive(int64_t process_id);

// Name of this process's program; empty where the system does not tell.
std::string ProgramName();

}  // namespace protograph::internal

#endif  // PROTOGRAPH_SRC_BASE_PROCESS_H_
