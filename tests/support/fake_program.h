#pragma once

#include <sys/stat.h>

#include <filesystem>
#include <fstream>
#include <string>

namespace fleet {

// Writes an executable script.
inline void InstallScript(const std::string& path, const std::string& body) {
  std::filesystem::create_directories(std::filesystem::path(path).parent_path());
  std::ofstream(path, std::ios::binary) << "#!/bin/sh\n" << body << "\n";
  chmod(path.c_str(), 0755);
}

// Something that goes by the name of dgmo in a home and says this version of itself: without it the developer has
// sessions and nothing to open them with.
inline void InstallDgmo(const std::string& home, const std::string& version = "0.2.3") {
  InstallScript(home + "/.local/bin/dgmo", "echo " + version);
}

}  // namespace fleet
