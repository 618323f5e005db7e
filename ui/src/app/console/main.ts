import '../../styles/base.css';
