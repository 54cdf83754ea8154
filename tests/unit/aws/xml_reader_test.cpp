#include "aws/xml_reader.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace aiokpl::aws {
namespace {

std::string texts_of(std::string_view document) {
  const auto read = read_xml(document);
  if (!read) return "(none)";
  std::string all;
  for (const auto& entry : read->all())
    all += entry.path + "=" + entry.text + ";";
  return all;
}

TEST(Xml, GivesEachTextWithItsPath) {
  EXPECT_EQ(texts_of("<a><b>1</b><c><d> 2 </d></c><e/></a>"), "a/b=1;a/c/d=2;a/e=;");
  EXPECT_EQ(
      texts_of("\xEF\xBB\xBF<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n<!-- <x> -->\n<a xmlns=\"urn:x\" y='<' />"),
      "(none)")
      << "a < has no place in an attribute";
  EXPECT_EQ(texts_of("<?xml version=\"1.0\"?>\n<!-- <x> -- - -->\n<n:a xmlns:n=\"urn:x\" y='>'>t</n:a>\n<!--end-->"),
            "a=t;");
}

TEST(Xml, DecodesEntities) {
  EXPECT_EQ(texts_of("<a>&lt;&amp;&gt;&quot;&apos;</a>"), "a=<&>\"';");
  EXPECT_EQ(texts_of("<a>&#65;&#x42;&#xe9;&#x20AC;&#x1F511;</a>"), "a=AB\u00e9\u20ac\U0001F511;");
  EXPECT_EQ(texts_of("<a><![CDATA[<&lt;]]>&amp;</a>"), "a=<&lt;&;");
  for (const char* wrong : {"&", "&amp", "&nbsp;", "&#0;", "&#xD800;", "&#x110000;", "&#;", "&#x;", "&#12a;",
                            "&#xFFFE;", "&#99999999999;", "&;", "&#31;"}) {
    EXPECT_EQ(texts_of(std::string{"<a>"} + wrong + "</a>"), "(none)") << wrong;
  }
}

TEST(Xml, RefusesWhatIsNotWellFormed) {
  for (const char* wrong : {"",
                            "text",
                            "<a>",
                            "</a>",
                            "<a></b>",
                            "<a><b></a></b>",
                            "<a/><b/>",
                            "<a/>text",
                            "<a b></a>",
                            "<a b=c></a>",
                            "<a b=\"c></a>",
                            "<a><!-- </a>",
                            "<a><![CDATA[ </a>",
                            "<a",
                            "<>",
                            "< a></a>",
                            "<a/ >",
                            "<a><?x</a>",
                            "<a b=\"1\"c=\"2\"/>",
                            "<!doctype html><html></html>",
                            "<a>\x01</a>",
                            "<a>\xFF</a>"}) {
    EXPECT_EQ(texts_of(wrong), "(none)") << wrong;
  }
}

TEST(Xml, HasNoEntitiesOfItsOwn) {
  EXPECT_EQ(texts_of("<!DOCTYPE a [<!ENTITY b \"bb\">]><a>&b;</a>"), "(none)");
  EXPECT_EQ(texts_of("<!DOCTYPE a SYSTEM \"file:///etc/passwd\"><a/>"), "(none)");
}

std::string nested(std::size_t depth) {
  std::string text;
  for (std::size_t i = 0; i < depth; ++i)
    text += "<a>";
  for (std::size_t i = 0; i < depth; ++i)
    text += "</a>";
  return text;
}

TEST(Xml, IsBoundedInDepthAndNumber) {
  EXPECT_TRUE(read_xml(nested(32)));
  EXPECT_FALSE(read_xml(nested(33)));
  EXPECT_FALSE(read_xml(nested(500'000)));
  std::string wide = "<a>";
  for (int i = 0; i < 999; ++i)
    wide += "<b/>";
  EXPECT_TRUE(read_xml(wide + "</a>"));
  EXPECT_FALSE(read_xml(wide + "<b/></a>"));
  EXPECT_TRUE(read_xml("<" + std::string(128, 'a') + "/>"));
  EXPECT_FALSE(read_xml("<" + std::string(129, 'a') + "/>"));
}

TEST(Xml, FindsByTheEndOfThePath) {
  const auto read = read_xml("<r><xb>0</xb><b>1</b><c><b>2</b></c></r>");
  ASSERT_TRUE(read);
  EXPECT_EQ(read->find("b"), "1");
  EXPECT_EQ(read->find("c/b"), "2");
  EXPECT_EQ(read->find("r/b"), "1");
  EXPECT_EQ(read->find("d"), "");
}

}  // namespace
}  // namespace aiokpl::aws
