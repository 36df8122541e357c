#include <gtest/gtest.h>

#include "tests/e2e/fleet_fixture.h"

namespace fleet {
namespace {

TEST(ReferencePage, SaysWhatTheProgramsSay) {
  const Finished written = RunProgram({AgentProgram(), "explain", "--reference"});
  ASSERT_EQ(written.exit_code, 0);
  EXPECT_EQ(ReadFile(FLEET_REFERENCE_PAGE), written.out)
      << "the page is stale: build the target `reference` and commit deploy/reference.md";
}

}  // namespace
}  // namespace fleet
