import { createApp } from 'vue'
import './style/base.css'
import './views/citizen/citizen.css'
import CitizenPage from './views/citizen/CitizenPage.vue'

createApp(CitizenPage).mount('#app')
