import { expect, test } from 'vitest'
import { nextTry } from './followUps'

const local = (text: string): Date => new Date(text) // without an offset: the page's own time

test('who was not reached is tried again in two hours, on the half hour', () => {
  expect(nextTry(local('2026-11-23T10:05:00'))).toEqual(local('2026-11-23T12:30:00'))
})
test('nobody is rung in the evening or at night', () => {
  expect(nextTry(local('2026-11-23T16:40:00'))).toEqual(local('2026-11-24T09:00:00'))
  expect(nextTry(local('2026-11-23T23:30:00'))).toEqual(local('2026-11-24T09:00:00'))
  expect(nextTry(local('2026-11-23T03:00:00'))).toEqual(local('2026-11-23T09:00:00'))
})
