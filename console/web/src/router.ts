// Pages and who may open them. The server checks again; this only spares a person a dead end.

import { createRouter, createWebHistory } from 'vue-router'
import type { Role } from './api/types'
import { homeOf, me, restore } from './session'

const STAFF: Role[] = ['admin', 'supervisor', 'seat', 'expert']
const KNOWING: Role[] = [...STAFF, 'office']
const OFFICE: Role[] = ['admin', 'supervisor', 'office']
const LOOKING: Role[] = [...OFFICE, 'auditor']
const OVERSEERS: Role[] = ['admin', 'supervisor', 'auditor']

export interface NavItem {
  path: string
  name: string
  label: string
  roles: Role[]
}

export const NAV: NavItem[] = [
  { path: '/seat', name: 'seat', label: '坐席', roles: ['seat', 'expert', 'supervisor'] },
  { path: '/live', name: 'live', label: '班长总览', roles: ['admin', 'supervisor'] },
  { path: '/calls', name: 'calls', label: '通话记录', roles: KNOWING },
  { path: '/orders', name: 'orders', label: '工单', roles: STAFF },
  { path: '/office', name: 'office', label: '工单办理', roles: LOOKING },
  { path: '/tasks', name: 'tasks', label: '漏接回拨', roles: STAFF },
  { path: '/unit', name: 'unit', label: '承办工单', roles: ['unit'] },
  { path: '/unit/figures', name: 'unit-figures', label: '办理统计', roles: ['unit'] },
  { path: '/figures', name: 'figures', label: '统计考核', roles: LOOKING },
  { path: '/directory', name: 'directory', label: '单位与类目', roles: LOOKING },
  { path: '/knowledge', name: 'knowledge', label: '知识库', roles: KNOWING },
  { path: '/table', name: 'table', label: '路由表', roles: OVERSEERS },
  { path: '/people', name: 'people', label: '专家名册', roles: OVERSEERS },
  { path: '/feeds', name: 'feeds', label: '数据推送', roles: OVERSEERS },
  { path: '/audit', name: 'audit', label: '日志', roles: OVERSEERS },
]

export const router = createRouter({
  history: createWebHistory(),
  routes: [
    { path: '/', name: 'home', component: { render: () => null } },
    { path: '/login', name: 'login', component: () => import('./views/LoginView.vue'), meta: { title: '登录' } },
    { path: '/password', name: 'password', component: () => import('./views/FirstPassword.vue'), meta: { title: '设置密码' } },
    { path: '/welcome', name: 'welcome', component: () => import('./views/WelcomeView.vue'), meta: { title: '我的账号' } },
    { path: '/seat', name: 'seat', component: () => import('./views/SeatView.vue'), meta: { title: '坐席' } },
    { path: '/live', name: 'live', component: () => import('./views/LiveView.vue'), meta: { title: '班长总览' } },
    { path: '/calls', name: 'calls', component: () => import('./views/CallsView.vue'), meta: { title: '通话记录' } },
    { path: '/calls/:id', name: 'call', component: () => import('./views/CallView.vue'), props: true, meta: { title: '通话详情' } },
    { path: '/orders', name: 'orders', component: () => import('./views/OrdersView.vue'), meta: { title: '工单' } },
    { path: '/orders/:id', name: 'order', component: () => import('./views/OrderView.vue'), props: true, meta: { title: '工单详情' } },
    { path: '/tasks', name: 'tasks', component: () => import('./views/TasksView.vue'), meta: { title: '漏接回拨' } },
    {
      path: '/table',
      component: () => import('./views/table/TableShell.vue'),
      meta: { roles: OVERSEERS },
      children: [
        { path: '', name: 'table', component: () => import('./views/table/HotlinesView.vue'), meta: { title: '热线路由' } },
        { path: 'hotlines/:key', name: 'table-row', component: () => import('./views/table/RowView.vue'), props: (to) => ({ key_: String(to.params['key']) }), meta: { title: '热线' } },
        { path: 'lines', name: 'table-lines', component: () => import('./views/table/LinesView.vue'), meta: { title: '线路与号码' } },
        { path: 'check', name: 'table-check', component: () => import('./views/table/CheckView.vue'), meta: { title: '检查与发布' } },
        { path: 'versions', name: 'table-versions', component: () => import('./views/table/VersionsView.vue'), meta: { title: '版本' } },
        { path: 'versions/:number(\\d+)', name: 'table-version', component: () => import('./views/table/VersionView.vue'), props: true, meta: { title: '版本' } },
        { path: 'import', name: 'table-import', component: () => import('./views/table/ImportView.vue'), meta: { title: '导入导出' } },
        { path: 'replay', name: 'table-replay', component: () => import('./views/table/ReplayView.vue'), meta: { title: '通话重放' } },
        { path: 'calendars', name: 'table-calendars', component: () => import('./views/table/CalendarsView.vue'), meta: { title: '日历' } },
        { path: 'menus', name: 'table-menus', component: () => import('./views/table/MenusView.vue'), meta: { title: '按键菜单' } },
        { path: 'menus/:key', name: 'table-menu', component: () => import('./views/table/MenuView.vue'), props: (to) => ({ key_: String(to.params['key']) }), meta: { title: '按键菜单' } },
        { path: 'prompts', name: 'table-prompts', component: () => import('./views/table/PromptsView.vue'), meta: { title: '提示音' } },
      ],
    },
    {
      path: '/people',
      component: () => import('./views/people/PeopleShell.vue'),
      meta: { roles: OVERSEERS },
      children: [
        { path: '', name: 'people', component: () => import('./views/people/RosterView.vue'), meta: { title: '专家名册' } },
        { path: 'outside', name: 'outside', component: () => import('./views/people/OutsideView.vue'), meta: { title: '外呼名单' } },
        { path: 'teams', name: 'teams', component: () => import('./views/people/TeamsView.vue'), meta: { title: '班组' } },
        { path: 'results', name: 'results', component: () => import('./views/people/ResultsView.vue'), meta: { title: '办理结果' } },
      ],
    },
    { path: '/unit', name: 'unit', component: () => import('./views/unit/UnitView.vue'), meta: { title: '承办工单' } },
    { path: '/unit/figures', name: 'unit-figures', component: () => import('./views/unit/UnitFigures.vue'), meta: { title: '办理统计' } },
    { path: '/unit/:id', name: 'unit-order', component: () => import('./views/unit/UnitOrder.vue'), props: true, meta: { title: '工单办理', roles: ['unit'] } },
    { path: '/knowledge', name: 'knowledge', component: () => import('./views/knowledge/KnowledgeView.vue'), meta: { title: '知识库' } },
    { path: '/knowledge/:id(\\d+)', name: 'article', component: () => import('./views/knowledge/ArticleView.vue'), props: true, meta: { title: '知识条目', roles: KNOWING } },
    { path: '/feeds', name: 'feeds', component: () => import('./views/feeds/FeedsView.vue'), meta: { title: '数据推送' } },
    { path: '/office', name: 'office', component: () => import('./views/office/OfficeView.vue'), meta: { title: '工单办理' } },
    { path: '/office/orders/:id', name: 'office-order', component: () => import('./views/office/OfficeOrderView.vue'), props: true, meta: { title: '工单', roles: LOOKING } },
    { path: '/directory', name: 'directory', component: () => import('./views/office/DirectoryView.vue'), meta: { title: '单位与类目' } },
    { path: '/figures', name: 'figures', component: () => import('./views/figures/FiguresView.vue'), meta: { title: '统计考核' } },
    { path: '/figures/bulletin', name: 'bulletin', component: () => import('./views/figures/BulletinView.vue'), meta: { title: '通报与考核', roles: LOOKING } },
    { path: '/audit', name: 'audit', component: () => import('./views/AuditView.vue'), meta: { title: '操作日志' } },
    { path: '/:rest(.*)', redirect: '/' },
  ],
})

router.beforeEach(async (to) => {
  if (to.name !== 'login' || me.value === null) {
    try {
      await restore()
    } catch {
      if (to.name !== 'login') return { name: 'login', query: { away: '1', to: to.fullPath } }
    }
  }
  const person = me.value
  if (person === null) return to.name === 'login' ? true : { name: 'login', query: to.path === '/' ? {} : { to: to.fullPath } }
  if (person.must_change) return to.name === 'password' ? true : { name: 'password', query: ['login', 'home'].includes(String(to.name)) ? {} : { to: to.fullPath } }
  if (to.name === 'login' || to.name === 'home' || to.name === 'password') return homeOf(person)
  const roles = NAV.find((each) => each.name === to.name)?.roles ?? (to.meta['roles'] as Role[] | undefined)
  return roles && !roles.includes(person.role) ? homeOf(person) : true
})

router.afterEach((to) => {
  document.title = `${String(to.meta['title'] ?? '')} · 12345 政务服务热线`
})
