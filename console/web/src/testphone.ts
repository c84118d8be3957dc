import { createApp } from 'vue'
import './style/base.css'
import TestPhone from './views/TestPhone.vue'

createApp(TestPhone).mount('#app')
