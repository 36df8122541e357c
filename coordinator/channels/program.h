#pragma once

#include <memory>
#include <string>
#include <vector>

#include "coordinator/channels/channel.h"

namespace fleet::coordinator {

// Starts a program of this machine, no shell between, with NoticeJson on its input, an environment of PATH and LANG
// only, and 30 s until it and all that it started are killed. It ends with 0: delivered; with 75, or killed: again;
// else refused. The first line that it prints, of 200 bytes at most, is the thread; the last of its errors the detail.
std::unique_ptr<Channel> ProgramChannel(std::vector<std::string> argv);

}  // namespace fleet::coordinator
