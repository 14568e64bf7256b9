/** What CodeMirror itself says, in Chinese. English is its own. */
const CHINESE: Record<string, string> = {
  Find: '查找',
  Replace: '替换',
  next: '下一个',
  previous: '上一个',
  all: '全部',
  'match case': '区分大小写',
  'by word': '全字匹配',
  regexp: '正则表达式',
  replace: '替换',
  'replace all': '全部替换',
  close: '关闭',
  'current match': '当前匹配',
  'on line': '位于行',
  'Go to line': '转到行',
  go: '转到',
  Completions: '补全',
  Diagnostics: '诊断',
  'No diagnostics': '没有诊断信息',
  'Fold line': '折叠行',
  'Unfold line': '展开行',
  'folded code': '已折叠的代码',
  unfold: '展开',
  'to line': '至行',
  '$ unchanged lines': '$ 行未变',
};

export function phrasesOf(language: string): Record<string, string> {
  return language === 'zh' ? CHINESE : {};
}
