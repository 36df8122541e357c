#pragma once

#include <absl/status/statusor.h>

#include <cstddef>
#include <string>
#include <vector>

namespace fleet::coordinator {

inline constexpr int kMaxPage = 1000;
inline constexpr int kDefaultPage = 100;
// Rows that one call looks at, so that a rare filter cannot hold the strand.
inline constexpr int kMaxExamined = 20'000;

struct PageRequest {
  std::string token;  // from the page before; empty for the first
  int size = 0;       // 0 means 100; at most 1,000
};

// May be shorter than asked, even empty, with a token: only an empty token says that nothing follows.
template <class Item>
struct Page {
  std::vector<Item> items;
  std::string next_token;
};

// The size to use; InvalidArgument when it is negative or above 1,000.
absl::StatusOr<std::size_t> PageSize(const PageRequest& request);

}  // namespace fleet::coordinator
