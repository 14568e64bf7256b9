import type { system as en } from '../en/system';
import type { Texts } from '../texts';

export const system: Texts<typeof en> = {
  'system.title': '系统',
  'system.taken_at': '截至',
  'system.refreshing': '浏览期间每五秒刷新一次。',
  'system.recent': '自 {time} 起',
  'system.started': '启动',
  'system.completed': '完成',
  'system.failed': '失败',
  'system.canceled': '取消',
  'system.timed_out': '超时',
  'system.success': '成功率',
  'system.p50': '半数用时不超过',
  'system.p95': '95% 用时不超过',

  'system.throughput': '每分钟执行数',
  'system.throughput.text':
    '最近 {minutes} 分钟内启动 {started} 个,完成 {completed} 个,失败 {failed} 个。最忙的一分钟有 {most} 个。',
  'system.throughput.table': '表格形式',
  'system.throughput.minute': '分钟',
  'system.throughput.empty': '这段时间内没有任何执行。',
  'system.throughput.reader': '查看某一分钟:用方向键移动。',

  'system.active': '活动的执行',
  'system.active.none': '没有活动的执行。',
  'system.active.look': '{count} 个执行:{state}',
  'system.total': '共 {count} 个',

  'system.queues': '队列',
  'system.queue.commands': '命令',
  'system.queue.tasks': '任务({priority})',
  'system.queue.tasks_plain': '任务',
  'system.queue.wakeups': '唤醒',
  'system.queue.dead_letters': '死信',
  'system.queue.name': '队列',
  'system.queue.visible': '等待中',
  'system.queue.in_flight': '处理中',
  'system.queue.delayed': '延迟中',
  'system.queue.oldest': '最早',
  'system.queue.alarm': '需要关注',

  'system.timers': '到期的定时器',
  'system.timers.overdue': '已逾期',
  'system.timers.15': '15 分钟内',
  'system.timers.60': '一小时内',
  'system.timers.day': '一天内',
  'system.timers.capped': '还有更多,未全部计数。',
  'system.at_least': '至少 {count}',

  'system.failures': '最近的失败',
  'system.failures.none': '近期没有执行失败。',
  'system.failures.execution': '执行',
  'system.failures.workflow': '工作流',
  'system.failures.error': '错误',
  'system.failures.when': '时间',
};
