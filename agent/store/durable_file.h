#pragma once

#include <absl/status/statusor.h>

#include <cstdint>
#include <string>
#include <string_view>

#include "agent/store/descriptor.h"

namespace fleet::agent {

// Files of the agent's own folders: only their owner can read them, and what was reported as done is still there after
// a power cut. Blocks on the disk; any thread.

// Makes the folder (0700) and what is missing above it.
absl::Status MakeFolder(const std::string& path);

// Puts the bytes where readers see either all of them or what was there before (0600).
absl::Status WriteDurably(const std::string& path, std::string_view bytes);

// ResourceExhausted when there are more bytes than `limit`.
absl::StatusOr<std::string> ReadFile(const std::string& path, std::int64_t limit);

// Makes the entries of a folder durable.
absl::Status SyncFolder(const std::string& path);

// Removes a file if it is there.
absl::Status RemoveFile(const std::string& path);

absl::Status WriteAll(int fd, std::string_view bytes);

// SHA-256 of what is left to read; when `to` is not -1 the bytes are written there too. Memory does not grow with size.
absl::StatusOr<std::string> HashAndCopy(int from, int to);

// Copies everything readable from `from` into a new file (0600), durably, and answers its SHA-256. The entry itself is
// durable only after SyncFolder. AlreadyExists when there is such a file.
absl::StatusOr<std::string> CopyDurably(int from, const std::string& to);

}  // namespace fleet::agent
