#include "tests/support/stores.h"

#include <algorithm>
#include <cstdlib>
#include <filesystem>

#include "tests/support/process.h"

namespace fleet {

namespace fs = std::filesystem;

std::vector<std::string> RealStoreArchives() {
  std::vector<std::string> archives;
  const char* folder = std::getenv("DGMO_TEST_STORES");
  if (folder == nullptr || !fs::is_directory(folder)) return archives;
  for (const auto& entry : fs::directory_iterator(folder)) {
    if (entry.path().string().find(".tar.") != std::string::npos) archives.push_back(entry.path().string());
  }
  std::sort(archives.begin(), archives.end());
  return archives;
}

bool UnpackStore(const std::string& archive, const std::string& home) {
  // Either a whole home, or one application's data. Times are kept: rules look at them.
  const bool whole = RunProgram({"tar", "-tf", archive}).out.substr(0, 5) == "home/";
  const std::string target = whole ? home : home + "/.local/share";
  fs::create_directories(target);
  std::vector<std::string> argv = {"tar", "-C", target, "-xf", archive, "--no-same-owner"};
  if (whole) argv.push_back("--strip-components=1");
  return RunProgram(argv).exit_code == 0;
}

}  // namespace fleet
